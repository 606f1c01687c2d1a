import Codecs
import Testing
import VoiceEngine

/// Drives a session of any dialect with messages as they come off the wire.
struct DialectDriver {
    var session: any EngineSession
    /// Everything since the beginning, or since ``forget()``.
    private(set) var outputs: [EngineSessionOutput] = []

    init(_ session: any EngineSession) {
        self.session = session
        self.session.start(into: &outputs)
    }

    mutating func forget() {
        outputs.removeAll()
    }

    /// - Returns: What this message alone made.
    @discardableResult
    mutating func receive(_ text: String) -> [EngineSessionOutput] {
        act { session, out in session.receive(text: Array(text.utf8).span, into: &out) }
    }

    @discardableResult
    mutating func receive(_ binary: [UInt8]) -> [EngineSessionOutput] {
        act { session, out in session.receive(binary: binary.span, into: &out) }
    }

    @discardableResult
    mutating func handle(_ command: EngineCommand) -> [EngineSessionOutput] {
        act { session, out in session.handle(command, into: &out) }
    }

    @discardableResult
    mutating func tick() -> [EngineSessionOutput] {
        act { session, out in session.timerFired(into: &out) }
    }

    /// The message that carries `audio`; `nil` while none is taken.
    mutating func message(for audio: [UInt8]) -> [UInt8]? {
        var frame: [UInt8] = []
        return session.appendAudio(audio.span, into: &frame) ? frame : nil
    }

    /// What the short way for audio makes of a text message.
    mutating func takeAudio(_ text: String) -> (turn: EngineTurnID?, audio: [UInt8]) {
        var audio: [UInt8] = []
        let turn = session.receiveAudio(text: Array(text.utf8).span, into: &audio)
        return (turn, audio)
    }

    mutating func handshake(_ target: String = "/", key: String? = nil, options: [String: String] = [:])
        -> EngineHandshake
    {
        session.handshake(
            EngineHandshakeContext(
                target: target, authority: "engine.example", isSecure: true, apiKey: key, options: options))
    }

    private mutating func act(
        _ action: (inout any EngineSession, inout [EngineSessionOutput]) -> Void
    ) -> [EngineSessionOutput] {
        var made: [EngineSessionOutput] = []
        action(&session, &made)
        outputs += made
        return made
    }
}

/// A message on the wire.
enum WireMessage: Sendable, Hashable {
    case text(String)
    case binary([UInt8])
}

/// An engine's side of a dialect as its vendor describes it, strict about what the client may send and when.
protocol EngineModel {
    /// What the client did that the dialect does not allow.
    var complaints: [String] { get }

    mutating func open() -> [WireMessage]
    mutating func receive(_ message: WireMessage) -> [WireMessage]
}

/// A session and an engine that exchange messages until both are silent, and what went over the wire between them.
struct Dialogue<Engine: EngineModel> {
    var client: any EngineSession
    var engine: Engine
    private(set) var fromClient: [WireMessage] = []
    private(set) var fromEngine: [WireMessage] = []
    /// What the session told its driver, with `send` left out; audio is counted, not kept.
    private(set) var events: [EngineEvent] = []
    private(set) var audio: [String: Int] = [:]
    private(set) var formats: [EngineSessionOutput] = []
    private(set) var violation: String?

    init(_ client: any EngineSession, _ engine: Engine) {
        self.client = client
        self.engine = engine
        var out: [EngineSessionOutput] = []
        self.client.start(into: &out)
        deliver(self.engine.open())
        carryOut(out)
    }

    mutating func send(_ command: EngineCommand) {
        var out: [EngineSessionOutput] = []
        client.handle(command, into: &out)
        carryOut(out)
    }

    mutating func tick() {
        var out: [EngineSessionOutput] = []
        client.timerFired(into: &out)
        carryOut(out)
    }

    mutating func speak(_ audio: [UInt8]) {
        var frame: [UInt8] = []
        guard client.appendAudio(audio.span, into: &frame) else { return }
        give(client.sendsBinaryAudio ? .binary(frame) : .text(String(decoding: frame, as: UTF8.self)))
    }

    /// The engine does something on its own account.
    mutating func engineSends(_ action: (inout Engine) -> [WireMessage]) {
        deliver(action(&engine))
    }

    private mutating func give(_ message: WireMessage) {
        fromClient.append(message)
        deliver(engine.receive(message))
    }

    private mutating func deliver(_ messages: [WireMessage]) {
        for message in messages {
            fromEngine.append(message)
            var out: [EngineSessionOutput] = []
            switch message {
            case .text(let text): receive(Array(text.utf8), &out)
            case .binary(let bytes) where client.readsBinaryAsText: receive(bytes, &out)
            case .binary(let bytes):
                if let turn = client.turn(ofAudio: bytes.span) {
                    audio[turn.rawValue, default: 0] += bytes.count
                } else {
                    client.receive(binary: bytes.span, into: &out)
                }
            }
            carryOut(out)
        }
    }

    private mutating func receive(_ text: [UInt8], _ out: inout [EngineSessionOutput]) {
        var bytes: [UInt8] = []
        if let turn = client.receiveAudio(text: text.span, into: &bytes) {
            audio[turn.rawValue, default: 0] += bytes.count
        } else {
            client.receive(text: text.span, into: &out)
        }
    }

    private mutating func carryOut(_ outputs: [EngineSessionOutput]) {
        for output in outputs {
            switch output {
            case .send(let text): give(.text(String(decoding: text, as: UTF8.self)))
            case .sendBinary(let bytes): give(.binary(bytes))
            case .event(let event): events.append(event)
            case .audio(let turn, let bytes): audio[turn.rawValue, default: 0] += bytes.count
            case .inputFormat, .outputFormat: formats.append(output)
            case .mark: Issue.record("a mark in a dialect without marks")
            case .violation(let reason): violation = reason
            }
        }
    }
}

/// One JSON text with questions to it.
struct JSONText {
    private let bytes: [UInt8]
    private let document: JSONDocument

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        var document = JSONDocument()
        guard (try? document.parse(bytes.span)) != nil else { return nil }
        self.bytes = bytes
        self.document = document
    }

    func value(_ path: String...) -> JSONDocument.Value? { find(path) }

    func string(_ path: String...) -> String? { document.string(find(path), in: bytes.span) }

    func integer(_ path: String...) -> Int? { document.integer(find(path), in: bytes.span) }

    func kind(_ path: String...) -> JSONDocument.Kind? { find(path).flatMap(document.kind(of:)) }

    /// The strings at `name` of each element of the array at `path`.
    func strings(_ name: String, inEach path: String...) -> [String] {
        (find(path).map(document.elements(of:)) ?? []).compactMap { document.string(name, of: $0, in: bytes.span) }
    }

    private func find(_ path: [String]) -> JSONDocument.Value? {
        var found = JSONDocument.Value.root
        for name in path {
            guard let next = document.member(name, of: found, in: bytes.span) else { return nil }
            found = next
        }
        return found
    }
}
