import Codecs

/// The events of Asterisk's `chan_websocket`, as JSON or in the plain text of its first versions.
struct AsteriskWriter: Sendable {
    /// A member of an event.
    enum Field: Sendable {
        case text(String)
        case number(Int)
        case flag(Bool)
        /// Plain text has no way to say this.
        case object([String: String])
        /// In plain text without its name.
        case bare(String)
    }

    let call: EngineCallContext
    /// Identifies the connection.
    let connection: String
    let format: AudioFormat
    let isPlainText: Bool

    func mediaStart() -> [UInt8] {
        var variables = call.variables
        if let caller = call.caller { variables["CALLERID(num)"] = caller }
        if let callee = call.callee { variables["CALLERID(dnid)"] = callee }
        return event(
            "MEDIA_START",
            [
                ("connection_id", .text(connection)), ("channel", .text("WebSocket/sidetone/\(connection)")),
                ("channel_id", .text(call.callID)), ("format", .text(format.asteriskName)),
                ("optimal_frame_size", .number(format.asteriskFrameSize)), ("ptime", .number(20)),
                ("channel_variables", .object(variables)),
            ])
    }

    func digit(_ digit: Character) -> [UInt8] {
        event("DTMF_END", [("digit", .text(String(digit))), ("channel_id", .text(call.callID))])
    }

    /// An event about a place in the queue.
    func reached(_ name: String, correlation: String?) -> [UInt8] {
        event(name, [("correlation_id", .bare(correlation ?? ""))])
    }

    func error(_ text: String) -> [UInt8] {
        event("ERROR", [("error_text", .bare(text))])
    }

    func status(_ queue: AsteriskQueue, isBuffering: Bool) -> [UInt8] {
        event(
            "STATUS",
            [
                ("channel_id", .text(call.callID)), ("queue_length", .number(queue.frames)),
                ("xon_level", .number(AsteriskQueue.resumeLevel)), ("xoff_level", .number(AsteriskQueue.pauseLevel)),
                ("queue_full", .flag(queue.isPaused)), ("bulk_media", .flag(isBuffering)),
                ("media_paused", .flag(false)),
            ])
    }

    /// JSON tells of every event which channel it is about.
    func event(_ name: String, _ fields: [(name: String, value: Field)] = []) -> [UInt8] {
        guard !isPlainText else { return plainText(name, fields) }
        return JSONWriter.object { json in
            json.member("event", name)
            if !fields.contains(where: { $0.name == "channel_id" }) { json.member("channel_id", call.callID) }
            for field in fields {
                json.name(field.name)
                switch field.value {
                case .text(let text), .bare(let text): json.string(text)
                case .number(let number): json.integer(number)
                case .flag(let flag): json.bool(flag)
                case .object(let members):
                    json.beginObject()
                    for (name, value) in members.sorted(by: { $0.key < $1.key }) { json.member(name, value) }
                    json.endObject()
                }
            }
        }
    }

    private func plainText(_ name: String, _ fields: [(name: String, value: Field)]) -> [UInt8] {
        var text = name
        for field in fields {
            switch field.value {
            case .text(let value): text += " \(field.name):\(value)"
            case .number(let number): text += " \(field.name):\(number)"
            case .flag(let flag): text += " \(field.name):\(flag)"
            case .object: break
            case .bare(let value): text += value.isEmpty ? "" : " \(value)"
            }
        }
        return Array(text.utf8)
    }
}

extension AudioFormat {
    /// The formats that are offered by Asterisk's names for them.
    static let asteriskFormats: [String: AudioFormat] = [
        "ulaw": .pcmu, "alaw": .pcma, "slin": .pcm16(rate: 8_000), "slin16": .pcm16(rate: 16_000),
        "slin24": .pcm16(rate: 24_000), "slin48": .pcm16(rate: 48_000),
    ]

    var asteriskName: String {
        Self.asteriskFormats.first { $0.value == self }?.key ?? "slin16"
    }

    /// Octets of 20 ms.
    var asteriskFrameSize: Int { bytesPerMillisecond * 20 }
}
