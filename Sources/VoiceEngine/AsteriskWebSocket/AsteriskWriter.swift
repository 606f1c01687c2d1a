import Codecs

/// The events of Asterisk's `chan_websocket` in their JSON form.
struct AsteriskWriter: Sendable {
    let call: EngineCallContext
    /// Identifies the connection.
    let connection: String
    let format: AudioFormat

    func mediaStart() -> [UInt8] {
        var variables = call.variables
        if let caller = call.caller { variables["CALLERID(num)"] = caller }
        if let callee = call.callee { variables["CALLERID(dnid)"] = callee }
        return event("MEDIA_START") { json in
            json.member("connection_id", connection)
            json.member("channel", "WebSocket/sidetone/\(connection)")
            json.member("format", format.asteriskName)
            json.member("optimal_frame_size", format.asteriskFrameSize)
            json.member("ptime", 20)
            json.object("channel_variables") { json in
                for (name, value) in variables.sorted(by: { $0.key < $1.key }) { json.member(name, value) }
            }
        }
    }

    func digit(_ digit: Character) -> [UInt8] {
        event("DTMF_END") { $0.member("digit", String(digit)) }
    }

    /// An event about a place in the queue.
    func reached(_ name: String, correlation: String?) -> [UInt8] {
        event(name) { json in
            if let correlation { json.member("correlation_id", correlation) }
        }
    }

    func error(_ text: String) -> [UInt8] {
        event("ERROR") { $0.member("error_text", text) }
    }

    func status(_ queue: AsteriskQueue, isBuffering: Bool) -> [UInt8] {
        event("STATUS") { json in
            json.member("queue_length", queue.frames)
            json.member("xon_level", AsteriskQueue.resumeLevel)
            json.member("xoff_level", AsteriskQueue.pauseLevel)
            json.member("queue_full", queue.isPaused)
            json.member("bulk_media", isBuffering)
            json.member("media_paused", false)
        }
    }

    func event(_ name: String, _ content: (inout JSONWriter) -> Void = { _ in }) -> [UInt8] {
        JSONWriter.object { json in
            json.member("event", name)
            json.member("channel_id", call.callID)
            content(&json)
        }
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
