#if LocalEngine
    /// How a local engine runs.
    public struct LocalEngineConfiguration: Sendable {
        /// What turns speech into words.
        public enum Recognizer: Sendable, Hashable {
            /// PocketSphinx with the phrases of the dialogue as grammar, in this process.
            case grammar
            /// faster-whisper in a Python process beside; `model` is a name it knows or a folder.
            case whisper(python: String, model: String)
        }

        public var host: String
        /// 0 lets the system choose.
        public var port: Int
        /// Path of the URL.
        public var path: String
        public var dialogue: Dialogue
        public var recognizer: Recognizer
        public var voice: LocalVoice
        public var behaviour: LocalEngineBehaviour
        /// If set, a client has to send it as bearer token.
        public var apiKey: String?
        /// Threads that recognise and synthesise.
        public var workers: Int
        /// Conversations at a time; more are answered 503.
        public var maximumSessions: Int

        public init(
            host: String = "127.0.0.1",
            port: Int = 8765,
            path: String = "/v1/realtime",
            dialogue: Dialogue = .standard,
            recognizer: Recognizer = .grammar,
            voice: LocalVoice = .slt,
            behaviour: LocalEngineBehaviour = .normal,
            apiKey: String? = nil,
            workers: Int = 2,
            maximumSessions: Int = 256
        ) {
            self.host = host
            self.port = port
            self.path = path
            self.dialogue = dialogue
            self.recognizer = recognizer
            self.voice = voice
            self.behaviour = behaviour
            self.apiKey = apiKey
            self.workers = workers
            self.maximumSessions = maximumSessions
        }
    }

    /// What a local engine does wrong on purpose, so that the fallback of its clients can be seen to work.
    public enum LocalEngineBehaviour: Sendable, Hashable {
        case normal
        /// Answers the handshake with this status.
        case refuse(status: Int)
        /// Accepts the connection and then says nothing, not even `session.created`.
        case stall
        /// Sets up the session and never responds to anything.
        case mute
        /// Resets the connection this long after the session was set up.
        case dropMidCall(after: Duration)
        /// Waits this long before the first audio of each response.
        case slow(firstAudio: Duration)
    }

    extension LocalEngineConfiguration.Recognizer {
        func make(for dialogue: Dialogue) throws(RecognizerError) -> any SpeechRecognizer {
            switch self {
            case .grammar: try GrammarRecognizer(grammar: PhraseGrammar(dialogue))
            case .whisper(let python, let model): try WhisperRecognizer(python: python, model: model)
            }
        }
    }
#endif
