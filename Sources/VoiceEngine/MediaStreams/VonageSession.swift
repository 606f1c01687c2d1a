import Codecs

/// Vonage's Audio Connector, or its WebSocket endpoint of a call, as the bot sees it.
///
/// The first message is a JSON text, then audio goes both ways as binary messages of signed 16-bit little-endian
/// samples. The bot takes back what has not been played (`clear`), is told when a place is reached (`notify`), and ends
/// the call by closing the connection.
struct VonageSession: EngineSession {
    private enum Phase: Sendable {
        case connecting, open, over
    }

    static let optionNames: Set<String> = ["username"]
    static let rates = [8_000, 16_000, 24_000]
    /// Octets of what a bot may put in a notification.
    private static let maximumPayload = 4_096

    private let configuration: EngineSessionConfiguration
    private let format: AudioFormat
    private var phase = Phase.connecting
    private var turns = PlatformTurns()
    private var samples = SampleJoiner()
    private var faults = PlatformFaults()
    private var document = JSONDocument()

    let maximumMessageSize = 1 << 20
    let sendsBinaryAudio = true

    static var capabilities: EngineCapabilities {
        var capabilities = EngineCapabilities()
        capabilities.binaryAudio = true
        capabilities.isFullDuplex = true
        capabilities.marks = true
        capabilities.fasterThanRealTime = true
        capabilities.hangsUpByClosing = true
        capabilities.pcmRates = rates
        return capabilities
    }

    init(_ configuration: EngineSessionConfiguration) {
        self.configuration = configuration
        let rate = configuration.audioFormat.sampleRate
        format = .pcm16(rate: Self.rates.contains(rate) ? rate : 16_000)
    }

    var timerInterval: Duration? { PlatformTurns.interval }

    mutating func handshake(_ context: EngineHandshakeContext) -> EngineHandshake {
        EngineHandshake(target: context.target, headers: context.authorization.map { [$0] } ?? [])
    }

    mutating func start(into out: inout [EngineSessionOutput]) {
        phase = .open
        out.append(.send(connected))
        if format != configuration.audioFormat {
            out.append(.inputFormat(format))
            out.append(.outputFormat(format))
        }
        out.append(.event(.ready))
    }

    /// What is known of the call stands beside the dialect's own members, as do the headers of an NCCO.
    private var connected: [UInt8] {
        var all = configuration.call.variables
        if let caller = configuration.call.caller, all["from"] == nil { all["from"] = caller }
        if let callee = configuration.call.callee, all["to"] == nil { all["to"] = callee }
        if all["uuid"] == nil { all["uuid"] = configuration.call.callID }
        all["event"] = nil
        all["content-type"] = nil
        return JSONWriter.object { json in
            json.member("event", "websocket:connected")
            json.member("content-type", "audio/l16;rate=\(format.sampleRate)")
            for (name, value) in all.sorted(by: { $0.key < $1.key }) { json.member(name, value) }
        }
    }

    mutating func appendAudio(_ audio: Span<UInt8>, into frame: inout [UInt8]) -> Bool {
        guard phase == .open, !audio.isEmpty else { return false }
        frame.append(audio)
        return true
    }

    mutating func turn(ofAudio binary: Span<UInt8>) -> EngineTurnID? {
        guard phase == .open, samples.isAligned(binary) else { return nil }
        return turns.carryOn(binary, format)
    }

    mutating func receive(binary: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        let audio = samples.join(binary)
        if let turn = turns.take(audio.span, format, into: &out) { out.append(.audio(turn, audio)) }
    }

    mutating func receive(text: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        var document = self.document  // Taken out for the time of the call, so that it is not copied.
        self.document = JSONDocument.empty
        defer { self.document = document }
        do {
            try document.parse(text)
        } catch {
            return fault("not JSON: \(error)", &out)
        }
        switch document.string("action", in: text) {
        case "clear":
            samples = SampleJoiner()
            turns.interrupt(into: &out)
            out.append(.send(JSONWriter.object { $0.member("event", "websocket:cleared") }))
        case "notify":
            // The mark is the payload itself, which comes back as it was.
            let payload = document.member("payload", in: text)
            guard let payload, document.kind(of: payload) == .object,
                let raw = document.raw(payload, in: text), raw.utf8.count <= Self.maximumPayload
            else { return fault("a notification without a payload, or with one that is too long", &out) }
            out.append(.mark(EngineMark(raw), of: nil))
        default:
            break
        }
    }

    private mutating func fault(_ message: String, _ out: inout [EngineSessionOutput]) {
        if !faults.add("protocol-violation", message, into: &out) { phase = .over }
    }

    mutating func handle(_ command: EngineCommand, into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        switch command {
        case .digit(let digit):
            let message = JSONWriter.object { json in
                json.member("event", "websocket:dtmf")
                json.member("digit", String(digit))
                json.member("duration", 100)
            }
            out.append(.send(message))
        case .markReached(let mark, .played):
            let message = JSONWriter.object { json in
                json.member("event", "websocket:notify")
                json.name("payload")
                json.raw(mark.rawValue)
            }
            out.append(.send(message))
        case .end:
            phase = .over
        case .markReached, .startTurn, .say, .playedUpTo, .playbackStarted, .playbackFinished, .toolResult, .userText,
            .context, .hold, .cancelTurn:
            break  // The dialect has no words for these.
        }
    }

    mutating func timerFired(into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        turns.tick(into: &out)
    }
}
