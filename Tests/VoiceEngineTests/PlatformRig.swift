import Codecs
import Foundation
import VoiceEngine

/// A session of a dialect in which we are the platform, with a player of which the test says how far it is.
struct PlatformRig {
    /// What waits to be played, in order.
    enum Queued: Equatable {
        case audio(EngineTurnID, [UInt8])
        case mark(EngineMark)
    }

    static let context = EngineHandshakeContext(
        target: "/bot?x=1", authority: "bot.example:8443", isSecure: true, apiKey: "key", signingSecret: "c2VjcmV0",
        unixTime: 1_700_000_000, entropy: Array(0..<16))

    static let call = EngineCallContext(
        callID: "call-1@as.example", caller: "+15551234567", callee: "+15557654321", variables: ["customer": "4\"2"])

    var session: any EngineSession
    private(set) var queue: [Queued] = []
    private(set) var sent: [String] = []
    private(set) var sentBinary: [[UInt8]] = []
    private(set) var events: [EngineEvent] = []
    private(set) var played: [UInt8] = []
    private(set) var formats: [AudioFormat] = []
    private(set) var violation: String?

    init(
        _ dialect: EngineDialect,
        format: AudioFormat = .pcmu,
        options: [String: String] = [:],
        resumption: EngineResumption? = nil
    ) {
        let configuration = EngineSessionConfiguration(
            language: "en-US", audioFormat: format, call: Self.call, resumption: resumption)
        session = dialect.makeSession(configuration, options: options)
    }

    /// A session whose connection is open.
    static func started(
        _ dialect: EngineDialect,
        format: AudioFormat = .pcmu,
        options: [String: String] = [:],
        resumption: EngineResumption? = nil
    ) -> PlatformRig {
        var rig = PlatformRig(dialect, format: format, options: options, resumption: resumption)
        _ = rig.session.handshake(context)
        rig.start()
        return rig
    }

    mutating func start() {
        var out: [EngineSessionOutput] = []
        session.start(into: &out)
        carryOut(out)
    }

    mutating func receive(_ text: String) {
        let bytes = Array(text.utf8)
        var audio: [UInt8] = []
        if let turn = session.receiveAudio(text: bytes.span, into: &audio) {
            queue.append(.audio(turn, audio))
        } else {
            var out: [EngineSessionOutput] = []
            session.receive(text: bytes.span, into: &out)
            carryOut(out)
        }
    }

    mutating func receive(binary: [UInt8]) {
        if let turn = session.turn(ofAudio: binary.span) {
            queue.append(.audio(turn, binary))
        } else {
            var out: [EngineSessionOutput] = []
            session.receive(binary: binary.span, into: &out)
            carryOut(out)
        }
    }

    mutating func handle(_ command: EngineCommand) {
        var out: [EngineSessionOutput] = []
        session.handle(command, into: &out)
        carryOut(out)
    }

    mutating func tick(_ times: Int = 1) {
        for _ in 0..<times {
            var out: [EngineSessionOutput] = []
            session.timerFired(into: &out)
            carryOut(out)
        }
    }

    /// The message that carries audio of the caller; `nil` if none is taken.
    mutating func audio(_ bytes: [UInt8]) -> [UInt8]? {
        var frame: [UInt8] = []
        return session.appendAudio(bytes.span, into: &frame) ? frame : nil
    }

    /// Plays what waits, or the first part of it.
    mutating func play(_ count: Int = .max) {
        var turns: [EngineTurnID] = []
        for _ in 0..<min(count, queue.count) {
            // A mark behind what was just played is taken out by itself.
            guard !queue.isEmpty else { break }
            switch queue.removeFirst() {
            case .audio(let turn, let bytes):
                played += bytes
                if turns.last != turn { handle(.playbackStarted(turn)) }
                turns.append(turn)
                settle()
            case .mark(let mark): handle(.markReached(mark, .played))
            }
        }
        if queue.isEmpty, let last = turns.last { handle(.playbackFinished(last)) }
    }

    /// Forgets what was sent and told so far.
    mutating func forget() {
        (sent, sentBinary, events, formats, played) = ([], [], [], [], [])
    }

    /// The texts that were sent, as another implementation reads them.
    func messages() throws -> [NSDictionary] {
        try sent.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? NSDictionary ?? [:] }
    }

    private mutating func carryOut(_ outputs: [EngineSessionOutput]) {
        for output in outputs {
            switch output {
            case .send(let bytes): sent.append(String(decoding: bytes, as: UTF8.self))
            case .sendBinary(let bytes): sentBinary.append(bytes)
            case .audio(let turn, let bytes): queue.append(.audio(turn, bytes))
            case .mark(let mark, _): queue.append(.mark(mark))
            case .inputFormat(let format), .outputFormat(let format): formats.append(format)
            case .violation(let reason): violation = reason
            case .event(let event):
                events.append(event)
                if event == .interrupted || event == .userSpeechStarted { clear() }
            }
        }
        settle()
    }

    /// As the media plane does: a mark behind nothing is reached at once.
    private mutating func settle() {
        while case .mark(let mark)? = queue.first {
            queue.removeFirst()
            handle(.markReached(mark, .played))
        }
    }

    private mutating func clear() {
        let dropped = queue
        queue = []
        for case .mark(let mark) in dropped { handle(.markReached(mark, .cleared)) }
    }
}

extension String {
    var json: NSDictionary {
        (try? JSONSerialization.jsonObject(with: Data(utf8)) as? NSDictionary) ?? [:]
    }
}

extension NSDictionary {
    /// The member at the end of a path of names.
    func at(_ path: String...) -> NSObject? {
        var value: Any? = self
        for name in path { value = (value as? NSDictionary)?[name] }
        return value as? NSObject
    }

    func text(_ path: String...) -> String? {
        var value: Any? = self
        for name in path { value = (value as? NSDictionary)?[name] }
        return value as? String
    }
}

func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
