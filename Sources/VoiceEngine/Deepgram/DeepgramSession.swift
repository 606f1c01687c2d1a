import Codecs

/// The client's side of the Deepgram Voice Agent dialect, version 1: JSON in text messages, audio in binary ones.
///
/// The dialect has no names for turns: one begins with its first audio and ends with `AgentAudioDone`, or when the
/// caller begins to speak.
public struct DeepgramSession: EngineSession {
    enum Phase: Sendable, Hashable {
        case awaitingWelcome
        case awaitingSettingsApplied
        case ready
        case failed
    }

    /// Characters of the prompt that ``EngineCommand/context(_:)`` may add; the oldest go beyond it.
    static let maximumContext = 8_192
    /// The server closes a connection that carries nothing for about ten seconds.
    static let keepAliveInterval = Duration.seconds(4)

    let configuration: EngineSessionConfiguration
    let options: DeepgramOptions
    var phase = Phase.awaitingWelcome
    var turns = NumberedTurns()
    var calls = PendingToolCalls()
    /// From `UserStartedSpeaking` on, until something shows that he has finished: the dialect does not say so.
    var isCallerSpeaking = false
    private var contexts: [String] = []
    private var hasSentAudio = false
    private var document = JSONDocument()

    public let maximumMessageSize = 1 << 20
    public let sendsBinaryAudio = true
    public let timerInterval: Duration? = Self.keepAliveInterval

    static var capabilities: EngineCapabilities {
        var capabilities = EngineCapabilities()
        capabilities.nativeG711 = true
        capabilities.binaryAudio = true
        capabilities.detectsSpeech = true
        capabilities.fasterThanRealTime = true
        capabilities.speaksOnRequest = true
        capabilities.saysText = true
        capabilities.takesHistory = true
        capabilities.callsTools = true
        capabilities.pcmRates = [8_000, 16_000, 24_000, 48_000]
        return capabilities
    }

    public init(_ configuration: EngineSessionConfiguration, options: [String: String] = [:]) {
        self.configuration = configuration
        self.options = DeepgramOptions(options)
    }

    public mutating func handshake(_ context: EngineHandshakeContext) -> EngineHandshake {
        var handshake = EngineHandshake(target: context.target)
        if let key = context.apiKey { handshake.headers.append(.init(name: "Authorization", value: "Token \(key)")) }
        return handshake
    }

    /// Nothing to send: the server speaks first.
    public mutating func start(into out: inout [EngineSessionOutput]) {}

    public mutating func receive(text: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        guard phase != .failed else { return }
        var document = self.document  // Taken out for the time of the call, so that it is not copied.
        self.document = JSONDocument.empty
        defer { self.document = document }
        do {
            let type = try document.parseTyped(text)
            receive(type, document, text, &out)
        } catch {
            fail(error.reason, &out)
        }
    }

    public mutating func turn(ofAudio binary: Span<UInt8>) -> EngineTurnID? {
        guard phase == .ready, !binary.isEmpty else { return nil }
        return turns.current
    }

    /// The first audio of a turn, or audio that nobody wants.
    public mutating func receive(binary: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        guard phase == .ready, !binary.isEmpty, !turns.isDiscarding else { return }
        callerHasFinished(&out)
        guard let turn = turns.turnForAudio(&out) else { return }
        out.append(.audio(turn, binary.withUnsafeBufferPointer(Array.init)))
    }

    public mutating func appendAudio(_ audio: Span<UInt8>, into frame: inout [UInt8]) -> Bool {
        guard phase == .ready, !audio.isEmpty else { return false }
        audio.withUnsafeBufferPointer { frame.append(contentsOf: $0) }
        hasSentAudio = true
        return true
    }

    public mutating func timerFired(into out: inout [EngineSessionOutput]) {
        guard phase == .ready else { return }
        if !hasSentAudio { out.append(.send(DeepgramMessage.keepAlive)) }
        hasSentAudio = false
    }

    public mutating func handle(_ command: EngineCommand, into out: inout [EngineSessionOutput]) {
        guard phase == .ready else { return }
        switch command {
        case .say(let text):
            out.append(.send(DeepgramMessage.injectAgentMessage(text)))
        case .startTurn(let instructions?):
            out.append(.send(DeepgramMessage.injectUserMessage(instructions)))
        case .userText(let text):
            out.append(.send(DeepgramMessage.injectUserMessage(text)))
        case .digit(let digit):
            out.append(.send(DeepgramMessage.injectUserMessage(EngineCommand.message(forDigit: digit))))
        case .context(let text):
            addContext(text, &out)
        case .toolResult(let id, let output, _):
            guard let name = calls.remove(id) else { return }
            out.append(.send(DeepgramMessage.functionResult(id: id, name: name, content: output)))
        case .cancelTurn:
            // The server cannot be told: what it still sends of the turn is dropped here.
            if turns.current != nil { turns.cut(&out) }
        case .startTurn(nil), .playedUpTo, .playbackStarted, .playbackFinished, .markReached, .hold, .end:
            break  // The dialect has no words for these.
        }
    }

    mutating func callerHasFinished(_ out: inout [EngineSessionOutput]) {
        guard isCallerSpeaking else { return }
        isCallerSpeaking = false
        out.append(.event(.userSpeechStopped))
    }

    mutating func fail(_ reason: String, _ out: inout [EngineSessionOutput]) {
        phase = .failed
        out.append(.violation(reason))
    }

    /// The only way to tell the model something silently is its prompt, which is replaced as a whole.
    private mutating func addContext(_ text: String, _ out: inout [EngineSessionOutput]) {
        // The prompt of a stored agent is not known here, and would be lost.
        if options.agent != nil, configuration.instructions == nil { return }
        contexts.append(String(text.prefix(Self.maximumContext)))
        while contexts.count > 1, contexts.reduce(0, { $0 + $1.utf8.count }) > Self.maximumContext {
            contexts.removeFirst()
        }
        let prompt = ([configuration.instructions ?? ""] + contexts).joined(separator: "\n\n")
        out.append(.send(DeepgramMessage.updatePrompt(prompt)))
    }
}
