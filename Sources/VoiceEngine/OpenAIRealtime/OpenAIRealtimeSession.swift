import Codecs

/// The client's side of the OpenAI Realtime dialect over a WebSocket.
///
/// A turn is a response: its identifier is the response's. Audio is sent only after the server has acknowledged the
/// format with `session.updated`. The names of the beta protocol are understood on receipt; what is sent is the
/// general-availability form.
public struct OpenAIRealtimeSession: EngineSession {
    enum Phase: Sendable, Hashable {
        case awaitingCreated
        case awaitingUpdated
        case ready
        case failed
    }

    /// Whether the server may take a `response.create` now.
    enum ResponseState: Sendable, Hashable {
        case idle
        /// Sent, and `response.created` has not come. `eventID` tells our request apart in an error.
        case requested(PendingResponse, eventID: String)
        case active(id: String)
    }

    struct PendingResponse: Sendable, Hashable {
        var instructions: String?
    }

    static let maximumPendingResponses = 8

    let configuration: EngineSessionConfiguration
    let options: OpenAIRealtimeOptions
    var phase = Phase.awaitingCreated
    var responses = ResponseState.idle
    var pending: [PendingResponse] = []
    var turns = OpenAIRealtimeTurns()
    /// Between `speech_started` and `speech_stopped`.
    var isCallerSpeaking = false
    private var document = JSONDocument()
    private var sentEvents = 0

    public let maximumMessageSize = 1 << 20

    static var capabilities: EngineCapabilities {
        var capabilities = EngineCapabilities()
        capabilities.nativeG711 = true
        capabilities.detectsSpeech = true
        capabilities.needsTruncation = true
        capabilities.fasterThanRealTime = true
        capabilities.speaksOnRequest = true
        capabilities.saysText = true
        capabilities.takesHistory = true
        capabilities.callsTools = true
        capabilities.pcmRates = [24_000]
        capabilities.maximumSession = .seconds(3_600)
        return capabilities
    }

    public init(_ configuration: EngineSessionConfiguration, options: [String: String] = [:]) {
        self.configuration = configuration
        self.options = OpenAIRealtimeOptions(options)
    }

    public mutating func handshake(_ context: EngineHandshakeContext) -> EngineHandshake {
        var handshake = EngineHandshake(target: context.target)
        if let model = options.model { handshake.addQuery("model", model) }
        if let key = context.apiKey {
            let header: EngineHandshake.Header =
                options.showsKeyAsAzure
                ? .init(name: "api-key", value: key) : .init(name: "Authorization", value: "Bearer \(key)")
            handshake.headers.append(header)
        }
        for (name, value) in [("OpenAI-Organization", options.organization), ("OpenAI-Project", options.project)] {
            if let value { handshake.headers.append(.init(name: name, value: value)) }
        }
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
            receive(OpenAIRealtimeMessage(type: type, document: document), text, &out)
        } catch {
            fail(error.reason, &out)
        }
    }

    public mutating func receiveAudio(text: Span<UInt8>, into audio: inout [UInt8]) -> EngineTurnID? {
        guard phase == .ready, let current = turns.current else { return nil }
        var document = self.document
        self.document = JSONDocument.empty
        defer { self.document = document }
        guard (try? document.parse(text)) != nil,
            document.member("type", equals: "response.output_audio.delta", in: text),
            document.member("response_id", equals: current.turn, in: text),
            document.member("item_id", equals: current.item, in: text),
            (document.integer("content_index", in: text) ?? 0) == current.contentIndex,
            let delta = document.member("delta", in: text).flatMap(document.plainStringRange)
        else { return nil }
        let before = audio.count
        guard Base64.decode(text.extracting(delta), into: &audio), audio.count > before else { return nil }
        turns.countCurrent(audio.count - before)
        return EngineTurnID(current.turn)
    }

    public mutating func appendAudio(_ audio: Span<UInt8>, into frame: inout [UInt8]) -> Bool {
        guard phase == .ready, !audio.isEmpty else { return false }
        frame.append(contentsOf: #"{"type":"input_audio_buffer.append","audio":""#.utf8)
        Base64.encode(audio, into: &frame)
        frame.append(contentsOf: #""}"#.utf8)
        return true
    }

    public mutating func handle(_ command: EngineCommand, into out: inout [EngineSessionOutput]) {
        guard phase == .ready else { return }
        switch command {
        case .startTurn(let instructions):
            request(PendingResponse(instructions: instructions), &out)
        case .playedUpTo(let turn, let milliseconds):
            truncate(turn.rawValue, milliseconds, &out)
        case .toolResult(let id, let output, let continueTurn):
            out.append(.send(OpenAIRealtimeClientEvent.functionOutput(callID: id, output: output)))
            if continueTurn { request(PendingResponse(), &out) }
        case .userText(let text):
            out.append(.send(OpenAIRealtimeClientEvent.message(EngineUtterance(speaker: .caller, text: text))))
            request(PendingResponse(), &out)
        case .context(let text):
            out.append(.send(OpenAIRealtimeClientEvent.systemMessage(text)))
        case .digit(let digit):
            let text = EngineCommand.message(forDigit: digit)
            out.append(.send(OpenAIRealtimeClientEvent.message(EngineUtterance(speaker: .caller, text: text))))
            request(PendingResponse(), &out)
        case .say(let text):
            request(PendingResponse(instructions: EngineCommand.instruction(toSay: text)), &out)
        case .cancelTurn:
            pending.removeAll()
            guard case .active(let id) = responses, !turns.isInterrupted(id) else { return }
            turns.interrupt(id)
            out.append(.send(OpenAIRealtimeClientEvent.cancelResponse(id: id)))
        case .playbackStarted, .playbackFinished, .markReached, .hold, .end:
            break  // The dialect has no words for these.
        }
    }

    /// Asks for a response now, or as soon as the present one is done: the server refuses a second one.
    mutating func request(_ response: PendingResponse, _ out: inout [EngineSessionOutput]) {
        // While the caller speaks there is nothing to answer yet: the server responds at the end of his turn.
        if isCallerSpeaking, response.instructions == nil { return }
        guard responses == .idle, !isCallerSpeaking else {
            guard !pending.contains(response), pending.count < Self.maximumPendingResponses else { return }
            pending.append(response)
            return
        }
        sentEvents += 1
        let eventID = "sidetone-\(sentEvents)"
        responses = .requested(response, eventID: eventID)
        out.append(.send(OpenAIRealtimeClientEvent.createResponse(response.instructions, eventID: eventID)))
    }

    mutating func requestNext(_ out: inout [EngineSessionOutput]) {
        guard responses == .idle, !isCallerSpeaking, !pending.isEmpty else { return }
        request(pending.removeFirst(), &out)
    }

    mutating func fail(_ reason: String, _ out: inout [EngineSessionOutput]) {
        phase = .failed
        out.append(.violation(reason))
    }

    /// Tells the server how much of a turn was heard, so that the model does not believe it said the rest.
    private mutating func truncate(_ response: String, _ milliseconds: Int, _ out: inout [EngineSessionOutput]) {
        let cuts = turns.truncate(response, at: milliseconds, bytesPerMillisecond: configuration.bytesPerMillisecond)
        for cut in cuts { out.append(.send(OpenAIRealtimeClientEvent.truncate(cut))) }
    }
}

extension EngineSessionConfiguration {
    var bytesPerMillisecond: Int { max(1, audioFormat.bytesPerMillisecond) }
}
