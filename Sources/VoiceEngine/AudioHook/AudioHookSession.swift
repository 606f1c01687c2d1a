import Codecs

/// The client of a Genesys AudioHook session in both directions (Audio Connector), as the bot sees it.
///
/// Texts are JSON with strict numbering; audio is binary μ-law at 8 000 Hz. The bot ends the conversation with what it
/// has found out in `disconnect`, from which the service goes on.
struct AudioHookSession: EngineSession {
    enum Phase: Sendable {
        case connecting
        /// `open` was sent.
        case opening
        case open
        /// `close` was sent.
        case closing
        case over
    }

    /// Where a session stood that another one continues.
    struct Position: Sendable, Hashable {
        var session: String
        var conversation: String
        var serverSequence: Int
        var sequence: Int
    }

    static let optionNames: Set<String> = ["organization", "transferVariable"]
    /// Ticks in a second.
    private static let second = 10
    /// Seconds in which the server has to answer.
    private static let answerLimit = 5

    let configuration: EngineSessionConfiguration
    let options: [String: String]
    let former: Position?
    var phase = Phase.connecting
    var envelope = AudioHookEnvelope(identifier: "")
    var conversation = ""
    var organization: String
    var turns = PlatformTurns()
    var faults = PlatformFaults()
    var document = JSONDocument()
    /// The server does not want audio, since this many samples had passed.
    var pausedAt: Int?
    /// The server has asked for a new connection.
    var isReconnecting = false
    private var ticks = 0
    private var nextPing = 0
    /// When the ping was sent that was not answered.
    var pingSent: Int?

    let maximumMessageSize = 1 << 18
    let sendsBinaryAudio = true

    static var capabilities: EngineCapabilities {
        var capabilities = EngineCapabilities()
        capabilities.nativeG711 = true
        capabilities.binaryAudio = true
        capabilities.isFullDuplex = true
        capabilities.resumes = true
        capabilities.fasterThanRealTime = true
        capabilities.requestsTransfers = true
        return capabilities
    }

    /// - Parameter options: `organization`, a UUID; `transferVariable`, the name of the output variable in which the bot
    ///   says to whom the call goes.
    init(_ configuration: EngineSessionConfiguration, options: [String: String] = [:]) {
        self.configuration = configuration
        self.options = options
        former = configuration.resumption.flatMap(Position.init)
        organization = options["organization"] ?? "00000000-0000-4000-8000-000000000000"
    }

    var timerInterval: Duration? { PlatformTurns.interval }

    /// Signed when there are a key and a secret, which is Base64.
    mutating func handshake(_ context: EngineHandshakeContext) -> EngineHandshake {
        envelope = AudioHookEnvelope(identifier: context.uuid)
        conversation = former?.conversation ?? context.derived("conversation").uuid
        let key = context.apiKey ?? ""
        let fields = [
            ("audiohook-organization-id", organization), ("audiohook-session-id", envelope.identifier),
            ("audiohook-correlation-id", conversation), ("x-api-key", key),
        ]
        let names = ["Audiohook-Organization-Id", "Audiohook-Session-Id", "Audiohook-Correlation-Id", "X-API-KEY"]
        var handshake = EngineHandshake(target: context.target)
        for (name, field) in zip(names, fields) where !field.1.isEmpty {
            handshake.headers.append(.init(name: name, value: field.1))
        }
        var secret: [UInt8] = []
        let text = Array((context.signingSecret ?? "").utf8)
        guard !key.isEmpty, !text.isEmpty, Base64.decode(text.span, into: &secret) else { return handshake }
        let signature = AudioHookSignature(
            target: context.target, authority: context.authority, fields: fields, keyIdentifier: key, key: secret,
            nonce: HandshakeHash.base64(context.derived("nonce").entropy), created: context.unixTime)
        handshake.headers += signature.headers
        return handshake
    }

    mutating func start(into out: inout [EngineSessionOutput]) {
        phase = .opening
        let (configuration, conversation, organization, former) = (configuration, conversation, organization, former)
        out.append(
            .send(
                envelope.message("open") { json in
                    json.member("organizationId", organization)
                    json.member("conversationId", conversation)
                    Self.describe(configuration, &json)
                    guard let former else { return }
                    json.name("continuedSessions")
                    json.beginArray()
                    json.beginObject()
                    json.member("id", former.session)
                    json.member("serverseq", former.serverSequence)
                    json.member("clientseq", former.sequence)
                    json.endObject()
                    json.endArray()
                }))
    }

    private static func describe(_ configuration: EngineSessionConfiguration, _ json: inout JSONWriter) {
        let call = configuration.call
        json.object("participant") { json in
            json.member("id", call.callID)
            json.member("ani", call.caller ?? "")
            json.member("aniName", "")
            json.member("dnis", call.callee ?? "")
        }
        json.name("media")
        json.beginArray()
        json.beginObject()
        json.member("type", "audio")
        json.member("format", "PCMU")
        json.name("channels")
        json.beginArray()
        json.string("external")
        json.endArray()
        json.member("rate", 8_000)
        json.endObject()
        json.endArray()
        json.member("language", configuration.language ?? "en-US")
        json.object("inputVariables") { json in
            for (name, value) in call.variables.sorted(by: { $0.key < $1.key }) { json.member(name, value) }
        }
    }

    // MARK: - Audio

    /// What the server does not want counts for the position all the same.
    mutating func appendAudio(_ audio: Span<UInt8>, into frame: inout [UInt8]) -> Bool {
        guard case .open = phase, !audio.isEmpty else { return false }
        envelope.samples += audio.count
        guard pausedAt == nil else { return false }
        frame.append(audio)
        return true
    }

    mutating func turn(ofAudio binary: Span<UInt8>) -> EngineTurnID? {
        guard case .open = phase else { return nil }
        return turns.carryOn(binary, .pcmu)
    }

    mutating func receive(binary: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        guard case .open = phase, let turn = turns.take(binary, .pcmu, into: &out) else { return }
        out.append(.audio(turn, binary.withUnsafeBufferPointer(Array.init)))
    }

    // MARK: - Commands

    mutating func handle(_ command: EngineCommand, into out: inout [EngineSessionOutput]) {
        guard case .open = phase else { return }
        switch command {
        case .digit(let digit):
            out.append(.send(envelope.message("dtmf") { $0.member("digit", String(digit)) }))
        case .playbackStarted: out.append(.send(envelope.message("playback_started")))
        case .playbackFinished: out.append(.send(envelope.message("playback_completed")))
        case .end(let reason): close(isReconnecting ? "reconnect" : reason == .failed ? "error" : "end", &out)
        case .startTurn, .say, .playedUpTo, .markReached, .toolResult, .userText, .context, .hold, .cancelTurn:
            break  // The dialect has no words for these.
        }
    }

    mutating func close(_ reason: String, _ out: inout [EngineSessionOutput]) {
        phase = .closing
        turns.end(.completed, into: &out)
        out.append(.send(envelope.message("close") { $0.member("reason", reason) }))
    }

    // MARK: - Time

    mutating func timerFired(into out: inout [EngineSessionOutput]) {
        ticks += 1
        switch phase {
        case .opening:
            if ticks > Self.answerLimit * Self.second { fail(408, "no opened within 5 s", &out) }
        case .open:
            turns.tick(into: &out)
            ping(&out)
        case .connecting, .closing, .over:
            break
        }
    }

    /// From now on pings are sent: the first in a second.
    mutating func beginPinging() { nextPing = ticks + Self.second }

    private mutating func ping(_ out: inout [EngineSessionOutput]) {
        if let pingSent {
            if ticks - pingSent > Self.answerLimit * Self.second { fail(408, "no pong within 5 s", &out) }
            return
        }
        guard ticks >= nextPing else { return }
        nextPing = ticks + Self.answerLimit * Self.second
        pingSent = ticks
        out.append(.send(envelope.message("ping")))
    }

    // MARK: - Faults

    /// Tells the server what is wrong, in codes like those of HTTP, and ends the session.
    mutating func fail(_ code: Int, _ message: String, _ out: inout [EngineSessionOutput]) {
        phase = .over
        out.append(
            .send(
                envelope.message("error") { json in
                    json.member("code", code)
                    json.member("message", message)
                }))
        out.append(.violation(message))
    }
}

extension AudioHookSession.Position {
    /// - Returns: `nil` if it is none of ours.
    init?(_ resumption: EngineResumption) {
        let parts = resumption.rawValue.split(separator: " ")
        guard parts.count == 4, let serverSequence = Int(parts[2]), let sequence = Int(parts[3]) else { return nil }
        self.init(
            session: String(parts[0]), conversation: String(parts[1]), serverSequence: serverSequence,
            sequence: sequence)
    }

    var resumption: EngineResumption { EngineResumption("\(session) \(conversation) \(serverSequence) \(sequence)") }
}
