import Codecs

/// A telephony platform of the family of Twilio Media Streams, as the bot sees it: we are the platform, and the bot is a
/// WebSocket server that was written for it.
///
/// All messages are JSON texts. The bot sends audio as fast as it likes, sets marks in it, and takes back what has not
/// been played; it ends the call by closing the connection.
struct MediaStreamsSession: EngineSession {
    private enum Phase: Sendable {
        case connecting, open, over
    }

    static func optionNames(_ flavour: MediaStreamsFlavour) -> Set<String> {
        flavour == .plivo ? ["account", "contentType", "username"] : ["account", "username"]
    }

    /// Octets of a mark's name.
    private static let maximumName = 1_024

    private let flavour: MediaStreamsFlavour
    private let configuration: EngineSessionConfiguration
    private let inputFormat: AudioFormat
    private var outputFormat: AudioFormat
    private var writer: MediaStreamsWriter
    private var template: MediaTemplate
    private var phase = Phase.connecting
    private var turns = PlatformTurns()
    private var faults = PlatformFaults()
    private var document = JSONDocument()
    private var sequence = 0
    private var chunks = 0
    private var octetsSent = 0

    let maximumMessageSize = 1 << 20

    static func capabilities(_ flavour: MediaStreamsFlavour) -> EngineCapabilities {
        var capabilities = EngineCapabilities()
        capabilities.nativeG711 = flavour != .exotel
        capabilities.isFullDuplex = true
        capabilities.marks = true
        capabilities.fasterThanRealTime = true
        capabilities.hangsUpByClosing = true
        switch flavour {
        case .twilio, .telnyx: break
        case .plivo: capabilities.pcmRates = [8_000, 16_000]
        case .exotel: capabilities.pcmRates = [8_000]
        }
        return capabilities
    }

    /// - Parameter options: `account`, the account that the bot is told; with Plivo `contentType`, the caller's audio
    ///   where it is not `audio/x-mulaw;rate=8000`.
    init(_ flavour: MediaStreamsFlavour, _ configuration: EngineSessionConfiguration, options: [String: String] = [:]) {
        self.flavour = flavour
        self.configuration = configuration
        inputFormat = flavour.format(
            preferring: configuration.audioFormat, contentType: options["contentType"])
        outputFormat = inputFormat
        writer = MediaStreamsWriter(
            flavour: flavour, format: inputFormat, call: configuration.call, account: options["account"] ?? "sidetone",
            stream: "MZ")
        template = writer.media
    }

    var timerInterval: Duration? { PlatformTurns.interval }

    /// Twilio signs the URL with the token of the account.
    mutating func handshake(_ context: EngineHandshakeContext) -> EngineHandshake {
        let random = context.hexadecimalEntropy
        writer = MediaStreamsWriter(
            flavour: flavour, format: inputFormat, call: configuration.call, account: writer.account,
            stream: flavour == .twilio ? "MZ\(random)" : flavour == .exotel ? random : context.uuid)
        template = writer.media
        var handshake = EngineHandshake(target: context.target)
        if let authorization = context.authorization { handshake.headers.append(authorization) }
        if flavour == .twilio, let token = context.signingSecret {
            let url = "\(context.isSecure ? "wss" : "ws")://\(context.authority)\(context.target)"
            handshake.headers.append(
                .init(name: "X-Twilio-Signature", value: HandshakeHash.sha1(url, key: Array(token.utf8))))
        }
        return handshake
    }

    mutating func start(into out: inout [EngineSessionOutput]) {
        phase = .open
        if let connected = writer.connected { out.append(.send(connected)) }
        out.append(.send(writer.start(nextSequence())))
        if inputFormat != configuration.audioFormat {
            out.append(.inputFormat(inputFormat))
            out.append(.outputFormat(outputFormat))
        }
        out.append(.event(.ready))
    }

    private mutating func nextSequence() -> Int {
        sequence += 1
        return sequence
    }

    // MARK: - Audio

    mutating func appendAudio(_ audio: Span<UInt8>, into frame: inout [UInt8]) -> Bool {
        guard phase == .open, !audio.isEmpty else { return false }
        chunks += 1
        template.append(
            audio, sequence: nextSequence(), chunk: chunks, timestamp: octetsSent / inputFormat.bytesPerMillisecond,
            into: &frame)
        octetsSent += audio.count
        return true
    }

    mutating func receiveAudio(text: Span<UInt8>, into audio: inout [UInt8]) -> EngineTurnID? {
        guard phase == .open, turns.current != nil else { return nil }
        var document = self.document  // Taken out for the time of the call, so that it is not copied.
        self.document = JSONDocument.empty
        defer { self.document = document }
        guard (try? document.parse(text)) != nil, document.member("event", equals: flavour.mediaEvent, in: text),
            let media = document.member("media", in: text), isInPresentFormat(media, document, text)
        else { return nil }
        let before = audio.count
        guard appendSamples(document.member("payload", of: media, in: text), document, text, into: &audio) else {
            return nil
        }
        return turns.carryOn(audio.span.extracting(before..<audio.count), outputFormat)
    }

    /// Appends whole samples.
    private func appendSamples(
        _ payload: JSONDocument.Value?,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        into audio: inout [UInt8]
    ) -> Bool {
        let before = audio.count
        guard document.appendBase64(payload, in: text, into: &audio) else { return false }
        audio.removeLast((audio.count - before) % outputFormat.octetsPerSample)
        return audio.count > before
    }

    /// Plivo's bots say of each message in which format it is.
    private func isInPresentFormat(_ media: JSONDocument.Value, _ document: JSONDocument, _ text: Span<UInt8>) -> Bool {
        guard flavour == .plivo else { return true }
        if let rate = document.integer("sampleRate", of: media, in: text), rate != outputFormat.sampleRate {
            return false
        }
        return document.member("contentType", of: media, in: text) == nil
            || document.member("contentType", equals: outputFormat.mediaStreamsType, of: media, in: text)
    }

    // MARK: - Messages

    mutating func receive(binary: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        fault("a binary message", &out)
    }

    mutating func receive(text: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        var document = self.document
        self.document = JSONDocument.empty
        defer { self.document = document }
        do {
            try document.parse(text)
        } catch {
            return fault("not JSON: \(error)", &out)
        }
        guard let event = document.string("event", in: text) else { return fault("a message without an event", &out) }
        switch event {
        case flavour.mediaEvent:
            receiveMedia(document, text, &out)
        case flavour.markEvent:
            let holder = flavour == .plivo ? JSONDocument.Value.root : document.member("mark", in: text)
            guard let name = holder.flatMap({ document.string("name", of: $0, in: text) }),
                name.utf8.count <= Self.maximumName
            else { return fault("a mark without a name, or with one that is too long", &out) }
            out.append(.mark(EngineMark(name), of: nil))
        case flavour.clearEvent:
            turns.interrupt(into: &out)
            if !flavour.echoesClearedMarks { out.append(.send(writer.cleared(nextSequence()))) }
        default:
            break  // The platforms take no notice of what they do not know.
        }
    }

    private mutating func receiveMedia(
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        guard let media = document.member("media", in: text) else { return fault("media without media", &out) }
        if !isInPresentFormat(media, document, text) {
            let type = document.string("contentType", of: media, in: text) ?? outputFormat.mediaStreamsType
            let rate = document.integer("sampleRate", of: media, in: text) ?? 8_000
            let formats: [AudioFormat] = [.pcmu, .pcm16(rate: 8_000), .pcm16(rate: 16_000)]
            guard let format = formats.first(where: { $0.mediaStreamsType == type && $0.sampleRate == rate }) else {
                return fault("audio of the type \(type) at \(rate) Hz", &out)
            }
            turns.end(.completed, into: &out)
            outputFormat = format
            out.append(.outputFormat(format))
        }
        var audio: [UInt8] = []
        guard appendSamples(document.member("payload", of: media, in: text), document, text, into: &audio) else {
            return fault("a payload that is no Base64 of samples", &out)
        }
        if let turn = turns.take(audio.span, outputFormat, into: &out) { out.append(.audio(turn, audio)) }
    }

    private mutating func fault(_ message: String, _ out: inout [EngineSessionOutput]) {
        if !faults.add("protocol-violation", message, into: &out) { phase = .over }
    }

    mutating func handle(_ command: EngineCommand, into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        switch command {
        case .digit(let digit):
            out.append(.send(writer.digit(digit, nextSequence())))
        case .markReached(let mark, let state):
            guard state == .played || flavour.echoesClearedMarks else { return }
            out.append(.send(writer.mark(mark, nextSequence())))
        case .end:
            out.append(.send(writer.stop(nextSequence())))
            phase = .over
        case .startTurn, .say, .playedUpTo, .playbackStarted, .playbackFinished, .toolResult, .userText, .context,
            .hold,
            .cancelTurn:
            break  // The dialect has no words for these.
        }
    }

    mutating func timerFired(into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        turns.tick(into: &out)
    }
}
