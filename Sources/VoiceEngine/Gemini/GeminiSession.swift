import Codecs

/// The client's side of the Gemini Live dialect (`BidiGenerateContent`), of the Gemini API and of Vertex AI.
///
/// Audio is linear, 16 kHz to the server and 24 kHz from it, whatever the configuration says. The dialect has no names
/// for turns: one begins with its first audio and ends with `turnComplete`. A session can be resumed in another
/// connection; the server announces its end with `goAway`.
public struct GeminiSession: EngineSession {
    enum Phase: Sendable, Hashable {
        case awaitingSetupComplete
        case ready
        case failed
    }

    static let inputFormat = AudioFormat.pcm16(rate: 16_000)

    let configuration: EngineSessionConfiguration
    let options: GeminiOptions
    var phase = Phase.awaitingSetupComplete
    var outputFormat = AudioFormat.pcm16(rate: 24_000)
    var turns = NumberedTurns()
    /// The server has cut the present turn, and says nothing more of it.
    var isCutByServer = false
    var calls = PendingToolCalls()
    /// Calls that came without an identifier.
    var namelessCalls = 0
    var callerText = PiecedTranscript(.caller)
    var engineText = PiecedTranscript(.engine)
    private var document = JSONDocument()

    public let maximumMessageSize = 1 << 20
    public let readsBinaryAsText = true

    static var capabilities: EngineCapabilities {
        var capabilities = EngineCapabilities()
        capabilities.resumes = true
        capabilities.fasterThanRealTime = true
        capabilities.speaksOnRequest = true
        capabilities.takesHistory = true
        capabilities.callsTools = true
        capabilities.pcmRates = [16_000, 24_000]
        capabilities.maximumSession = .seconds(600)
        return capabilities
    }

    public init(_ configuration: EngineSessionConfiguration, options: [String: String] = [:]) {
        self.configuration = configuration
        self.options = GeminiOptions(options)
    }

    /// Vertex AI takes OAuth tokens, the Gemini API keys and ephemeral tokens. None of them goes into the URL, which
    /// proxies may log.
    public mutating func handshake(_ context: EngineHandshakeContext) -> EngineHandshake {
        var handshake = EngineHandshake(target: context.target)
        guard let key = context.apiKey else { return handshake }
        let header: EngineHandshake.Header =
            if context.target.contains(".LlmBidiService/") {
                .init(name: "Authorization", value: "Bearer \(key)")
            } else if key.hasPrefix("auth_tokens/") {
                .init(name: "Authorization", value: "Token \(key)")
            } else {
                .init(name: "x-goog-api-key", value: key)
            }
        handshake.headers.append(header)
        return handshake
    }

    public mutating func start(into out: inout [EngineSessionOutput]) {
        out.append(.send(GeminiSetup(configuration: configuration, options: options).message))
    }

    public mutating func receive(text: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        guard phase != .failed else { return }
        var document = self.document  // Taken out for the time of the call, so that it is not copied.
        self.document = JSONDocument.empty
        defer { self.document = document }
        do {
            try document.parseObject(text)
            receive(document, text, &out)
        } catch {
            fail(error.reason, &out)
        }
    }

    public mutating func receiveAudio(text: Span<UInt8>, into audio: inout [UInt8]) -> EngineTurnID? {
        guard phase == .ready, let turn = turns.current else { return nil }
        var document = self.document
        self.document = JSONDocument.empty
        defer { self.document = document }
        guard outputFormat == .pcm16(rate: 24_000), (try? document.parse(text)) != nil,
            let content = document.onlyMember("serverContent", in: text),
            let parts = document.onlyMember("modelTurn", of: content, in: text)
                .flatMap({ document.member("parts", of: $0, in: text) }),
            let data = document.onlyElement(of: parts)
                .flatMap({ document.onlyMember("inlineData", of: $0, in: text) }),
            document.member("mimeType", equals: "audio/pcm;rate=24000", of: data, in: text),
            let encoded = document.member("data", of: data, in: text).flatMap(document.plainStringRange)
        else { return nil }
        let before = audio.count
        guard Base64.decode(text.extracting(encoded), into: &audio), audio.count > before else { return nil }
        return turn
    }

    public mutating func appendAudio(_ audio: Span<UInt8>, into frame: inout [UInt8]) -> Bool {
        guard phase == .ready, !audio.isEmpty else { return false }
        frame.append(contentsOf: #"{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":""#.utf8)
        Base64.encode(audio, into: &frame)
        frame.append(contentsOf: #""}}}"#.utf8)
        return true
    }

    public mutating func handle(_ command: EngineCommand, into out: inout [EngineSessionOutput]) {
        guard phase == .ready else { return }
        switch command {
        case .startTurn(let instructions?):
            out.append(.send(GeminiMessage.realtimeText(instructions)))
        case .startTurn(nil):
            out.append(.send(GeminiMessage.turnComplete))
        case .say(let text):
            out.append(.send(GeminiMessage.realtimeText(EngineCommand.instruction(toSay: text))))
        case .userText(let text):
            out.append(.send(GeminiMessage.realtimeText(text)))
        case .digit(let digit):
            out.append(.send(GeminiMessage.realtimeText(EngineCommand.message(forDigit: digit))))
        case .context(let text):
            let line = EngineUtterance(speaker: .caller, text: text)
            out.append(.send(GeminiMessage.content([line], completesTurn: false)))
        case .toolResult(let id, let output, let continueTurn):
            guard let name = calls.remove(id) else { return }
            out.append(
                .send(GeminiMessage.functionResponse(id: id, name: name, output: output, isSilent: !continueTurn)))
        case .cancelTurn:
            // The server cannot be told: what it still sends of the turn is dropped here.
            if turns.current != nil { turns.cut(&out) }
        case .playedUpTo, .playbackStarted, .playbackFinished, .markReached, .hold, .end:
            break  // The dialect has no words for these.
        }
    }

    mutating func fail(_ reason: String, _ out: inout [EngineSessionOutput]) {
        phase = .failed
        out.append(.violation(reason))
    }
}
