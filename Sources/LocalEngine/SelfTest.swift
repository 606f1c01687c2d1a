#if LocalEngine
    import Codecs

    /// Counts how many of a set of phrases the engine understands when a synthetic caller says them over a telephone
    /// line: flite, then G.711 at 8 kHz, then the way that live audio takes, voice detection included.
    public struct LocalEngineSelfTest: Sendable {
        public struct Result: Sendable, Hashable {
            public var phrase: String
            /// `nil`: not to be understood.
            public var expected: String?
            public var heard: String
            public var understood: String?

            public var isRight: Bool { expected == understood }
        }

        /// What is said, and the intent in the standard dialogue.
        public static let phrases: [(phrase: String, intent: String?)] = [
            ("what is my balance", "balance"),
            ("tell me my account balance please", "balance"),
            ("my balance please", "balance"),
            ("how much money do i have", "balance"),
            ("what are your opening hours", "hours"),
            ("opening hours please", "hours"),
            ("when are you open", "hours"),
            ("what time do you close", "hours"),
            ("are you open tomorrow", "hours"),
            ("one two three four", "digits"),
            ("my customer number is five five nine zero", "digits"),
            ("seven", "digits"),
            ("a person please", "person"),
            ("i would like to speak to a person", "person"),
            ("transfer me to an agent please", "person"),
            ("put me through to someone", "person"),
            ("help", "help"),
            ("what can you do", "help"),
            ("can you repeat that please", "repeat"),
            ("thank you very much", "thanks"),
            ("goodbye", "goodbye"),
            ("that was all thank you", "goodbye"),
            ("hang up please", "goodbye"),
            ("hello", "hello"),
        ]

        /// What the standard dialogue has no place for.
        public static let strangers = [
            "the weather in the mountains was wonderful", "i bought a ticket for the train to paris",
            "my dog likes cheese and fish", "the president read a history of science",
        ]

        private let recognizer: any SpeechRecognizer
        private let dialogue: Dialogue

        /// Loads the recogniser, which takes a second and may block.
        public init(recognizer: LocalEngineConfiguration.Recognizer = .grammar) throws {
            dialogue = .standard
            self.recognizer = try recognizer.make(for: .standard)
        }

        /// Says every phrase with `voice`. Blocks for some seconds.
        public func run(voice: LocalVoice) throws -> [Result] {
            let strangers = Self.strangers.map { (phrase: $0, intent: String?.none) }
            return try (Self.phrases + strangers).map { phrase, intent in
                let turns = try Self.turns(phrase, voice)
                let heard = try turns.map { try recognizer.recognize($0) }.joined(separator: " ")
                return Result(
                    phrase: phrase, expected: intent, heard: heard, understood: dialogue.match(heard)?.intent.name)
            }
        }

        public func stop() {
            recognizer.stop()
        }

        /// The turns that voice detection cuts out of the phrase, with half a second of line noise around it.
        private static func turns(_ phrase: String, _ voice: LocalVoice) throws -> [[Int16]] {
            var line = [Int16](repeating: 0, count: 4_000)
            line += try LocalSpeech.synthesize(text: phrase, voice: voice, rate: 8_000)
            line += [Int16](repeating: 0, count: 8_000)
            var octets: [UInt8] = []
            G711.a.encode(line.span, into: &octets)
            let input = try CallerAudio(format: .pcma, silence: 500)
            var turns: [[Int16]] = []
            for event in input.append(octets.span) {
                if case .ended(_, let audio, _) = event { turns.append(audio) }
            }
            if case .ended(_, let audio, _)? = input.end() { turns.append(audio) }
            return turns
        }
    }
#endif
