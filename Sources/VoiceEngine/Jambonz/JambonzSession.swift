import Codecs

/// jambonz as the bot behind its verbs `listen` and `stream` sees it (mod_audio_fork), with audio in both directions.
///
/// The first message is a JSON text about the call; then audio goes both ways as binary messages of signed 16-bit
/// little-endian samples. Texts of the bot are told apart by `type`.
struct JambonzSession: EngineSession {
    private enum Phase: Sendable {
        case connecting, open, over
    }

    private enum Purpose: Sendable {
        case mark(String)
        case playback(id: String)
    }

    static let optionNames: Set<String> = ["account", "application", "subprotocol", "username"]
    static let rates = [8_000, 16_000, 24_000, 48_000]
    static let maximumMarks = 30
    /// Octets of a name.
    private static let maximumName = 1_024

    private let configuration: EngineSessionConfiguration
    private let options: [String: String]
    private let inputFormat: AudioFormat
    private var outputFormat: AudioFormat
    private var callSid = ""
    private var phase = Phase.connecting
    private var turns = PlatformTurns()
    private var marks = PendingMarks<Purpose>(limit: maximumMarks)
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
        capabilities.requestsTransfers = true
        capabilities.pcmRates = rates
        return capabilities
    }

    /// - Parameter options: `account` and `application`, of which the bot is told; `subprotocol`, where it is not
    ///   `audio.jambonz.org`.
    init(_ configuration: EngineSessionConfiguration, options: [String: String] = [:]) {
        self.configuration = configuration
        self.options = options
        let rate = configuration.audioFormat.sampleRate
        inputFormat = .pcm16(rate: Self.rates.contains(rate) ? rate : 8_000)
        outputFormat = inputFormat
    }

    var timerInterval: Duration? { PlatformTurns.interval }

    mutating func handshake(_ context: EngineHandshakeContext) -> EngineHandshake {
        callSid = context.uuid
        return EngineHandshake(
            target: context.target, headers: context.authorization.map { [$0] } ?? [],
            subprotocols: [options["subprotocol"] ?? "audio.jambonz.org"])
    }

    mutating func start(into out: inout [EngineSessionOutput]) {
        phase = .open
        out.append(.send(metadata))
        if inputFormat != configuration.audioFormat {
            out.append(.inputFormat(inputFormat))
            out.append(.outputFormat(outputFormat))
        }
        out.append(.event(.ready))
    }

    private var metadata: [UInt8] {
        let call = configuration.call
        return JSONWriter.object { json in
            json.member("callSid", callSid)
            json.member("direction", "inbound")
            json.member("from", call.caller ?? "anonymous")
            json.member("to", call.callee ?? "")
            json.member("callId", call.callID)
            json.member("sipStatus", 200)
            json.member("callStatus", "in-progress")
            if let account = options["account"] { json.member("accountSid", account) }
            if let application = options["application"] { json.member("applicationSid", application) }
            json.member("sampleRate", inputFormat.sampleRate)
            json.member("mixType", "mono")
            json.object("customerData") { json in
                for (name, value) in call.variables.sorted(by: { $0.key < $1.key }) { json.member(name, value) }
            }
        }
    }

    // MARK: - Audio

    mutating func appendAudio(_ audio: Span<UInt8>, into frame: inout [UInt8]) -> Bool {
        guard phase == .open, !audio.isEmpty else { return false }
        frame.append(audio)
        return true
    }

    mutating func turn(ofAudio binary: Span<UInt8>) -> EngineTurnID? {
        guard phase == .open, samples.isAligned(binary), outputFormat == inputFormat else { return nil }
        return turns.carryOn(binary, outputFormat)
    }

    mutating func receive(binary: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        say(samples.join(binary), inputFormat, &out)
    }

    private mutating func say(_ audio: [UInt8], _ format: AudioFormat, _ out: inout [EngineSessionOutput]) {
        if format != outputFormat {
            turns.end(.completed, into: &out)
            outputFormat = format
            out.append(.outputFormat(format))
        }
        if let turn = turns.take(audio.span, format, into: &out) { out.append(.audio(turn, audio)) }
    }

    // MARK: - Messages

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
        let data = document.member("data", in: text)
        switch document.string("type", in: text) {
        case "playAudio":
            play(data, document, text, &out)
        case "killAudio":
            samples = SampleJoiner()
            turns.interrupt(into: &out)
        case "mark":
            guard let name = data.flatMap({ document.string("name", of: $0, in: text) }), isShort(name) else {
                return fault("a mark without a name, or with one that is too long", &out)
            }
            if let mark = marks.add(.mark(name)) { out.append(.mark(mark, of: nil)) }
        case "clearMarks":
            marks.giveUp { if case .mark = $0 { true } else { false } }
        case "disconnect":
            out.append(.event(.hangUpRequested(reason: nil)))
        case "transfer":
            out.append(.event(.transferRequested(transfer(data, document, text))))
        case "json":
            let variables = document.texts(of: data, in: text)
            if !variables.isEmpty { out.append(.event(.variables(variables))) }
        case "error":
            let message = data.flatMap { document.raw($0, in: text) } ?? ""
            out.append(.event(.error(EngineFault(code: "error", message: message, isRecoverable: true))))
        default:
            break
        }
    }

    private func isShort(_ name: String) -> Bool { name.utf8.count <= Self.maximumName }

    /// A whole prompt in one message, as bots send it that do not stream.
    private mutating func play(
        _ data: JSONDocument.Value?,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        guard let data else { return fault("playAudio without data", &out) }
        var audio: [UInt8] = []
        guard document.appendBase64(document.member("audioContent", of: data, in: text), in: text, into: &audio) else {
            return fault("audioContent that is no Base64", &out)
        }
        var rate: Int?
        switch document.string("audioContentType", of: data, in: text) {
        case "raw":
            rate =
                document.integer("sampleRate", of: data, in: text)
                ?? document.string("sampleRate", of: data, in: text).flatMap(Int.init) ?? inputFormat.sampleRate
        case "wave", "wav":
            guard let wave = WaveSamples(audio.span) else { break }
            rate = wave.rate
            audio = Array(audio[wave.range])
        default:
            break
        }
        guard let rate, Self.rates.contains(rate) else {
            return fault("playAudio of an unknown type, or at a rate that is not offered", &out)
        }
        audio.removeLast(audio.count % 2)
        say(audio, .pcm16(rate: rate), &out)
        if let id = document.string("id", of: data, in: text), isShort(id), let mark = marks.add(.playback(id: id)) {
            out.append(.mark(mark, of: nil))
        }
    }

    /// The data of `transfer` is the application's own: a target, or an object with one and what else there is.
    private func transfer(
        _ data: JSONDocument.Value?,
        _ document: JSONDocument,
        _ text: Span<UInt8>
    ) -> EngineTransferRequest {
        if let target = document.string(data, in: text) { return EngineTransferRequest(target: target) }
        var variables = document.texts(of: data, in: text)
        var target: String?
        for name in ["target", "to", "number"] where target == nil { target = variables.removeValue(forKey: name) }
        let reason = variables.removeValue(forKey: "reason")
        return EngineTransferRequest(target: target, reason: reason, variables: variables)
    }

    private mutating func fault(_ message: String, _ out: inout [EngineSessionOutput]) {
        if !faults.add("protocol-violation", message, into: &out) { phase = .over }
    }

    mutating func handle(_ command: EngineCommand, into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        switch command {
        case .digit(let digit):
            let message = JSONWriter.object { json in
                json.member("event", "dtmf")
                json.member("dtmf", String(digit))
                json.member("duration", "800")
            }
            out.append(.send(message))
        case .markReached(let mark, let state):
            switch marks.take(mark) {
            case .mark(let name): out.append(.send(Self.reached(name, state)))
            case .playback(let id): out.append(.send(Self.done(id)))
            case nil: break  // Given up.
            }
        case .end:
            // A message without octets says that no more audio comes.
            out.append(.sendBinary([]))
            phase = .over
        case .startTurn, .say, .playedUpTo, .playbackStarted, .playbackFinished, .toolResult, .userText, .context,
            .hold,
            .cancelTurn:
            break  // The dialect has no words for these.
        }
    }

    private static func reached(_ name: String, _ state: EngineMarkState) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "mark")
            json.object("data") { json in
                json.member("name", name)
                json.member("event", state == .played ? "playout" : "cleared")
            }
        }
    }

    private static func done(_ id: String) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "playDone")
            json.object("data") { $0.member("id", id) }
        }
    }

    mutating func timerFired(into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        turns.tick(into: &out)
    }
}
