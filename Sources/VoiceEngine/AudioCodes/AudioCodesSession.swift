import Codecs

/// The connector of the AudioCodes Bot API in its streaming mode, as the bot sees it.
///
/// All messages are JSON texts. A turn is one play stream; its identifier is ours, since bots use theirs again. A
/// session that was lost can be resumed by the identifier of the conversation.
struct AudioCodesSession: EngineSession {
    enum Phase: Sendable {
        case connecting
        /// `session.initiate` or `session.resume` was sent.
        case offered(resumes: Bool)
        case open
        case over
    }

    static let optionNames: Set<String> = ["bargeIn", "bot", "playStreamStop", "username"]
    static let maximumMarks = 64
    private static let tick = Duration.milliseconds(100)

    let configuration: EngineSessionConfiguration
    let options: [String: String]
    var phase = Phase.connecting
    var writer: AudioCodesWriter
    /// What the caller's audio is in.
    var inputFormat = AudioFormat.pcmu
    var outputFormat = AudioFormat.pcmu
    /// The bot has taken the caller's stream.
    var takesAudio = false
    /// The play stream that is open: the bot's name for it as it wrote it, and ours.
    var stream: (name: String, turn: EngineTurnID)?
    var streams = 0
    /// Whether what the bot recognises stops what it says.
    var bargesIn: Bool
    /// The bot has said that the caller speaks.
    var isCallerSpeaking = false
    /// `userSpeechStarted` was told and its end was not.
    var isSpeechTold = false
    var marks = PendingMarks<String>(limit: maximumMarks)
    var faults = PlatformFaults()
    var document = JSONDocument()
    var activities = 0
    /// Tenths of a second since the connection was made.
    var ticks = 0

    let maximumMessageSize = 1 << 20

    static var capabilities: EngineCapabilities {
        var capabilities = EngineCapabilities()
        capabilities.nativeG711 = true
        capabilities.isFullDuplex = true
        capabilities.marks = true
        capabilities.resumes = true
        capabilities.fasterThanRealTime = true
        capabilities.requestsTransfers = true
        capabilities.pcmRates = [8_000, 16_000, 24_000]
        return capabilities
    }

    /// - Parameter options: `bot`, the name that the bot is told; `bargeIn`, `true` where the bot's recognition stops its
    ///   prompts from the beginning; `playStreamStop`, `flush` or `end` where it is not to depend on whether the caller
    ///   speaks.
    init(_ configuration: EngineSessionConfiguration, options: [String: String] = [:]) {
        self.configuration = configuration
        self.options = options
        bargesIn = options["bargeIn"] == "true"
        writer = AudioCodesWriter(
            configuration: configuration, options: options, conversation: configuration.resumption?.rawValue ?? "",
            startedAt: 0)
    }

    var timerInterval: Duration? { Self.tick }

    mutating func handshake(_ context: EngineHandshakeContext) -> EngineHandshake {
        writer = AudioCodesWriter(
            configuration: configuration, options: options,
            conversation: configuration.resumption?.rawValue ?? context.uuid, startedAt: context.unixTime)
        var handshake = EngineHandshake(
            target: context.target, headers: context.authorization.map { [$0] } ?? [])
        let fields = [
            ("AC-Conversation-Id", writer.conversation), ("AC-Caller-Number", configuration.call.caller ?? ""),
        ]
        // What the caller calls himself may be anything.
        for (name, value) in fields where !value.isEmpty && value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            handshake.headers.append(.init(name: name, value: value))
        }
        return handshake
    }

    mutating func start(into out: inout [EngineSessionOutput]) {
        let resumes = configuration.resumption != nil
        phase = .offered(resumes: resumes)
        out.append(.send(resumes ? writer.resume() : writer.initiate()))
    }

    mutating func timerFired(into out: inout [EngineSessionOutput]) { ticks += 1 }

    var isOpen: Bool { if case .open = phase { true } else { false } }

    // MARK: - Audio

    mutating func appendAudio(_ audio: Span<UInt8>, into frame: inout [UInt8]) -> Bool {
        guard isOpen, takesAudio, !audio.isEmpty else { return false }
        writer.appendChunk(audio, into: &frame)
        return true
    }

    mutating func receiveAudio(text: Span<UInt8>, into audio: inout [UInt8]) -> EngineTurnID? {
        guard isOpen, let stream else { return nil }
        var document = self.document  // Taken out for the time of the call, so that it is not copied.
        self.document = JSONDocument.empty
        defer { self.document = document }
        guard (try? document.parse(text)) != nil, document.member("type", equals: "playStream.chunk", in: text),
            document.member("streamId", equals: stream.name, in: text),
            appendSamples(document, text, into: &audio)
        else { return nil }
        return stream.turn
    }

    /// Appends whole samples.
    func appendSamples(_ document: JSONDocument, _ text: Span<UInt8>, into audio: inout [UInt8]) -> Bool {
        let before = audio.count
        guard document.appendBase64(document.member("audioChunk", in: text), in: text, into: &audio) else {
            return false
        }
        audio.removeLast((audio.count - before) % outputFormat.octetsPerSample)
        return audio.count > before
    }

    // MARK: - Commands

    mutating func handle(_ command: EngineCommand, into out: inout [EngineSessionOutput]) {
        guard isOpen else { return }
        switch command {
        case .digit(let digit):
            activities += 1
            out.append(.send(writer.digit(digit, number: activities, ticks: ticks)))
        case .markReached(let mark, let state):
            guard let members = marks.take(mark), state == .played else { return }
            out.append(.send(writer.markReached(members)))
        case .end(let reason):
            out.append(.send(writer.end(reason)))
            phase = .over
        case .startTurn, .say, .playedUpTo, .playbackStarted, .playbackFinished, .toolResult, .userText, .context,
            .hold,
            .cancelTurn:
            break  // The dialect has no words for these.
        }
    }

    mutating func fault(_ message: String, _ out: inout [EngineSessionOutput]) {
        if !faults.add("protocol-violation", message, into: &out) { phase = .over }
    }

    mutating func fail(_ message: String, _ out: inout [EngineSessionOutput]) {
        phase = .over
        out.append(.violation(message))
    }
}
