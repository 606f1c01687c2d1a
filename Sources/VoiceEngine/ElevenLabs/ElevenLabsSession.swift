import Codecs

/// The client's side of the ElevenLabs Agents dialect: JSON with audio in Base64, in formats that the agent's own
/// settings fix and that the server tells first.
///
/// The dialect does not say when a turn begins, and when it ends only to those whose agent's settings ask for it. Here a
/// turn begins with its first audio; it ends with `agent_response_complete`, when it is interrupted, when the caller's
/// words have come, or when no audio has come for two ticks of the timer. Audio carries ascending numbers, and an
/// interruption names the last one that is not to be played.
public struct ElevenLabsSession: EngineSession {
    enum Phase: Sendable, Hashable {
        case awaitingMetadata
        case ready
        case failed
    }

    /// Ticks without audio that end a turn: between half a second and a whole one.
    static let quietTicks = 2

    let configuration: EngineSessionConfiguration
    let options: ElevenLabsOptions
    var phase = Phase.awaitingMetadata
    var turns = NumberedTurns()
    /// Ticks since the last audio of the present turn.
    var ticks = 0
    /// Audio up to this number was interrupted.
    var interruptedUpTo = Int.min
    /// What the engine says in the present turn, as long as it may still be corrected.
    var response: String?
    private var document = JSONDocument()

    public let maximumMessageSize = 1 << 20
    public let timerInterval: Duration? = .milliseconds(500)

    static var capabilities: EngineCapabilities {
        var capabilities = EngineCapabilities()
        capabilities.nativeG711 = true
        capabilities.fasterThanRealTime = true
        capabilities.speaksOnRequest = true
        capabilities.takesHistory = true
        capabilities.callsTools = true
        capabilities.pcmRates = [8_000, 16_000, 24_000, 48_000]
        return capabilities
    }

    public init(_ configuration: EngineSessionConfiguration, options: [String: String] = [:]) {
        self.configuration = configuration
        self.options = ElevenLabsOptions(options)
    }

    public mutating func handshake(_ context: EngineHandshakeContext) -> EngineHandshake {
        var handshake = EngineHandshake(target: context.target)
        if let agent = options.agent { handshake.addQuery("agent_id", agent) }
        if let key = context.apiKey { handshake.headers.append(.init(name: "xi-api-key", value: key)) }
        return handshake
    }

    public mutating func start(into out: inout [EngineSessionOutput]) {
        out.append(.send(ElevenLabsMessage.initiation(configuration, options)))
    }

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

    public mutating func receiveAudio(text: Span<UInt8>, into audio: inout [UInt8]) -> EngineTurnID? {
        guard phase == .ready, let turn = turns.current else { return nil }
        var document = self.document
        self.document = JSONDocument.empty
        defer { self.document = document }
        guard (try? document.parse(text)) != nil, document.member("type", equals: "audio", in: text),
            let event = document.member("audio_event", in: text),
            let number = document.integer("event_id", of: event, in: text), number > interruptedUpTo,
            let encoded = document.member("audio_base_64", of: event, in: text).flatMap(document.plainStringRange)
        else { return nil }
        let before = audio.count
        guard Base64.decode(text.extracting(encoded), into: &audio), audio.count > before else { return nil }
        ticks = 0
        return turn
    }

    public mutating func appendAudio(_ audio: Span<UInt8>, into frame: inout [UInt8]) -> Bool {
        guard phase == .ready, !audio.isEmpty else { return false }
        frame.append(contentsOf: #"{"user_audio_chunk":""#.utf8)
        Base64.encode(audio, into: &frame)
        frame.append(contentsOf: #""}"#.utf8)
        return true
    }

    public mutating func timerFired(into out: inout [EngineSessionOutput]) {
        guard phase == .ready else { return }
        ticks = min(ticks + 1, Self.quietTicks)
        guard ticks == Self.quietTicks else { return }
        turns.takeAudio()
        endTurn(&out)
    }

    public mutating func handle(_ command: EngineCommand, into out: inout [EngineSessionOutput]) {
        guard phase == .ready else { return }
        switch command {
        case .startTurn(let instructions?):
            out.append(.send(ElevenLabsMessage.userMessage(instructions)))
        case .say(let text):
            out.append(.send(ElevenLabsMessage.userMessage(EngineCommand.instruction(toSay: text))))
        case .userText(let text):
            out.append(.send(ElevenLabsMessage.userMessage(text)))
        case .digit(let digit):
            out.append(.send(ElevenLabsMessage.userMessage(EngineCommand.message(forDigit: digit))))
        case .context(let text):
            out.append(.send(ElevenLabsMessage.contextualUpdate(text)))
        case .toolResult(let id, let output, _):
            out.append(.send(ElevenLabsMessage.toolResult(id: id, output: output)))
        case .cancelTurn:
            // The server cannot be told: what it still sends of the turn is dropped here.
            if turns.current != nil {
                ticks = 0
                turns.cut(&out)
            }
        case .startTurn(nil), .playedUpTo, .playbackStarted, .playbackFinished, .markReached, .hold, .end:
            break  // The dialect has no words for these.
        }
    }

    /// The present turn is over, and what was said in it will not be corrected any more.
    mutating func endTurn(_ out: inout [EngineSessionOutput]) {
        if let response { out.append(.event(.transcript(.engine, text: response, isFinal: true))) }
        response = nil
        turns.end(.completed, &out)
    }

    mutating func fail(_ reason: String, _ out: inout [EngineSessionOutput]) {
        phase = .failed
        out.append(.violation(reason))
    }
}
