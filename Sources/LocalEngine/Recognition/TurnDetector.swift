#if LocalEngine
    /// Cuts the caller's audio into turns: a turn begins with voice and ends with silence.
    ///
    /// It is told for each frame whether there is voice in it, so that it is the same for every detector.
    struct TurnDetector {
        enum Event: Equatable {
            /// Milliseconds from the start of the session.
            case started(at: Int)
            /// The turn with some audio before its first voice, 16 kHz.
            case ended(at: Int, audio: [Int16], voiced: Int)
        }

        static let frameMilliseconds = 20
        /// Voiced frames among the last five that make a start.
        private static let onset = 3
        private static let window = 5
        /// Audio kept from before the start, in frames.
        private static let prefix = 15
        /// A turn is cut here, in frames: 20 s.
        private static let maximumLength = 1_000

        /// Silence that ends a turn, in milliseconds.
        var silence: Int

        private var recent: [Bool] = []
        private var before: [Int16] = []
        private var turn: [Int16]?
        private var turnFrames = 0
        private var silentFrames = 0
        private var voicedFrames = 0
        private var frames = 0

        init(silence: Int) {
            self.silence = silence
        }

        var isSpeaking: Bool { turn != nil }

        mutating func append(_ frame: ArraySlice<Int16>, isVoice: Bool) -> Event? {
            frames += 1
            recent.append(isVoice)
            if recent.count > Self.window { recent.removeFirst() }
            guard turn != nil else {
                before.append(contentsOf: frame)
                let excess = before.count - Self.prefix * frame.count
                if excess > 0 { before.removeFirst(excess) }
                voicedFrames = recent.count { $0 }
                guard voicedFrames >= Self.onset else { return nil }
                turn = before
                before.removeAll(keepingCapacity: true)
                silentFrames = 0
                turnFrames = 0
                return .started(at: max(0, (frames - Self.window) * Self.frameMilliseconds))
            }
            turn?.append(contentsOf: frame)
            turnFrames += 1
            if isVoice {
                silentFrames = 0
                voicedFrames += 1
            } else {
                silentFrames += 1
            }
            let isOver = silentFrames * Self.frameMilliseconds >= silence
            return isOver || turnFrames >= Self.maximumLength ? end() : nil
        }

        /// Ends the running turn, as a client's commit does; `nil` if there is none.
        mutating func end() -> Event? {
            guard let audio = turn else { return nil }
            turn = nil
            recent.removeAll()
            return .ended(
                at: frames * Self.frameMilliseconds, audio: audio, voiced: voicedFrames * Self.frameMilliseconds)
        }

        mutating func reset() {
            turn = nil
            recent.removeAll()
            before.removeAll()
        }
    }
#endif
