/// The numbers that every text message of an AudioHook session carries, of both sides.
struct AudioHookEnvelope: Sendable {
    /// The session.
    let identifier: String
    /// Our last message.
    private(set) var sequence = 0
    /// The server's last message.
    private(set) var serverSequence = 0
    /// Audio of the caller that has passed, sent or not, in samples at 8 000 Hz.
    var samples = 0

    init(identifier: String) {
        self.identifier = identifier
    }

    mutating func message(_ type: String, _ parameters: (inout JSONWriter) -> Void = { _ in }) -> [UInt8] {
        sequence += 1
        return JSONWriter.object { json in
            json.member("version", "2")
            json.member("id", identifier)
            json.member("type", type)
            json.member("seq", sequence)
            json.member("serverseq", serverSequence)
            json.member("position", Self.duration(samples: samples))
            json.object("parameters", parameters)
        }
    }

    /// Takes the numbers of a message of the server.
    ///
    /// - Returns: What is wrong with them; `nil` if nothing is.
    mutating func take(_ document: JSONDocument, _ text: Span<UInt8>) -> String? {
        guard document.member("version", equals: "2", in: text) else { return "a message that is not of version 2" }
        guard document.member("id", equals: identifier, in: text) else { return "a message of another session" }
        guard let sequence = document.integer("seq", in: text), sequence == serverSequence + 1 else {
            return "a message out of sequence"
        }
        guard let clientSequence = document.integer("clientseq", in: text), 0...self.sequence ~= clientSequence else {
            return "a clientseq that was never sent"
        }
        serverSequence = sequence
        return nil
    }

    /// A duration as ISO 8601 writes it, to the millisecond.
    static func duration(samples: Int) -> String {
        let milliseconds = samples / 8
        guard milliseconds > 0 else { return "PT0S" }
        let fraction = String(1_000 + milliseconds % 1_000).dropFirst()
        return "PT\(milliseconds / 1_000).\(fraction)S"
    }
}
