import VoiceEngine

/// The server's side of the OpenAI Realtime dialect: the one of our own engines, with answers of its own.
struct OpenAIRealtimeModel: EngineModel {
    private(set) var complaints: [String] = []
    private(set) var audioOctets = 0
    private(set) var results: [String] = []
    private(set) var history: [String] = []
    private var session = OpenAIRealtimeServerSession(identifier: "m")

    mutating func open() -> [WireMessage] {
        act { session, out in session.start(into: &out) }
    }

    mutating func receive(_ message: WireMessage) -> [WireMessage] {
        guard case .text(let text) = message else {
            complaints.append("a binary message")
            return []
        }
        return act { session, out in session.receive(text: Array(text.utf8).span, into: &out) }
    }

    /// Speaks for 60 ms, and calls a function if one is named.
    mutating func answer(_ text: String, calling function: String? = nil) -> [WireMessage] {
        act { session, out in
            _ = session.beginResponse(into: &out)
            session.transcript(text, into: &out)
            for _ in 0..<3 { session.audio([UInt8](repeating: 0xFF, count: 160).span, into: &out) }
            if let function { session.functionCall(function, arguments: #"{"order":7}"#, into: &out) }
            session.finishResponse(into: &out)
        }
    }

    /// Begins to speak and does not end.
    mutating func begins() -> [WireMessage] {
        act { session, out in
            _ = session.beginResponse(into: &out)
            session.audio([UInt8](repeating: 0xFF, count: 160).span, into: &out)
        }
    }

    mutating func hears(_ text: String) -> [WireMessage] {
        act { session, out in
            let item = session.speechStarted(at: 100, into: &out)
            session.speechStopped(at: 900, item: item, into: &out)
            session.callerTranscript(text, item: item, into: &out)
        }
    }

    private mutating func act(
        _ action: (inout OpenAIRealtimeServerSession, inout [OpenAIRealtimeServerSession.Output]) -> Void
    ) -> [WireMessage] {
        var out: [OpenAIRealtimeServerSession.Output] = []
        action(&session, &out)
        var messages: [WireMessage] = []
        for output in out {
            switch output {
            case .send(let bytes): messages.append(.text(String(decoding: bytes, as: UTF8.self)))
            case .audio(let bytes): audioOctets += bytes.count
            case .respond: messages += answer("As you wish.")
            case .functionOutput(let id, _): results.append(id)
            case .userText(let text): history.append(text)
            case .violation(let reason): complaints.append(reason)
            case .cancel: messages += act { session, out in session.cancelResponse(.clientCancelled, into: &out) }
            case .configured, .inputCommitted, .inputCleared, .truncated: break
            }
        }
        return messages
    }
}
