import VoiceEngine

/// Drives a session with JSON as it comes off the wire.
struct SessionDriver {
    var session: OpenAIRealtimeSession
    private(set) var outputs: [EngineSessionOutput] = []

    init(_ configuration: EngineSessionConfiguration = EngineSessionConfiguration(audioFormat: .pcmu)) {
        session = OpenAIRealtimeSession(configuration)
        session.start(into: &outputs)
    }

    /// A session that takes audio, with nothing left in ``outputs``.
    static func ready(
        _ configuration: EngineSessionConfiguration = EngineSessionConfiguration(audioFormat: .pcmu)
    ) -> SessionDriver {
        var driver = SessionDriver(configuration)
        driver.receive(#"{"type":"session.created","event_id":"e1","session":{"type":"realtime"}}"#)
        driver.receive(#"{"type":"session.updated","event_id":"e2","session":{"type":"realtime"}}"#)
        driver.outputs.removeAll()
        return driver
    }

    /// - Returns: What this message alone made.
    @discardableResult
    mutating func receive(_ text: String) -> [EngineSessionOutput] {
        var made: [EngineSessionOutput] = []
        session.receive(text: Array(text.utf8).span, into: &made)
        outputs += made
        return made
    }

    @discardableResult
    mutating func handle(_ command: EngineCommand) -> [EngineSessionOutput] {
        var made: [EngineSessionOutput] = []
        session.handle(command, into: &made)
        outputs += made
        return made
    }
}

extension [EngineSessionOutput] {
    var events: [EngineEvent] {
        compactMap { output in
            if case .event(let event) = output { return event }
            return nil
        }
    }

    var sent: [String] {
        compactMap { output in
            if case .send(let bytes) = output { return String(decoding: bytes, as: UTF8.self) }
            return nil
        }
    }

    /// Bytes of audio by turn, in order.
    var audio: [String] {
        compactMap { output in
            if case .audio(let turn, let bytes) = output { return "\(turn.rawValue):\(bytes.count)" }
            return nil
        }
    }

    var violation: String? {
        for case .violation(let reason) in self { return reason }
        return nil
    }
}
