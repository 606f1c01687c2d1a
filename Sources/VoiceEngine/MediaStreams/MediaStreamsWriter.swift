import Codecs

/// The messages of the platform, in the spelling of one flavour.
struct MediaStreamsWriter: Sendable {
    let flavour: MediaStreamsFlavour
    let format: AudioFormat
    let call: EngineCallContext
    let account: String
    /// Identifies the stream; of our making, with nothing in it that JSON would escape.
    let stream: String

    // MARK: - Once

    /// The first message; `nil` where the first one is `start`.
    var connected: [UInt8]? {
        switch flavour {
        case .twilio:
            JSONWriter.object { json in
                json.member("event", "connected")
                json.member("protocol", "Call")
                json.member("version", "1.0.0")
            }
        case .telnyx:
            JSONWriter.object { json in
                json.member("event", "connected")
                json.member("version", "1.0.0")
            }
        case .exotel: JSONWriter.object { $0.member("event", "connected") }
        case .plivo: nil
        }
    }

    func start(_ sequence: Int) -> [UInt8] {
        message("start", sequence) { json in
            json.object("start") { json in
                switch flavour {
                case .twilio: twilioStart(&json)
                case .telnyx: telnyxStart(&json)
                case .plivo: plivoStart(&json)
                case .exotel: exotelStart(&json)
                }
            }
            if flavour == .plivo { json.member("extra_headers", String(decoding: parameters, as: UTF8.self)) }
        }
    }

    private func twilioStart(_ json: inout JSONWriter) {
        json.member("accountSid", account)
        json.member("streamSid", stream)
        json.member("callSid", call.callID)
        tracks(&json)
        json.object("mediaFormat") { json in
            json.member("encoding", format.mediaStreamsType)
            json.member("sampleRate", format.sampleRate)
            json.member("channels", 1)
        }
        json.name("customParameters")
        json.raw(String(decoding: parameters, as: UTF8.self))
    }

    private func telnyxStart(_ json: inout JSONWriter) {
        json.member("user_id", account)
        json.member("call_control_id", call.callID)
        json.member("call_session_id", call.callID)
        json.member("from", call.caller ?? "")
        json.member("to", call.callee ?? "")
        json.object("media_format") { json in
            json.member("encoding", format == .pcma ? "PCMA" : "PCMU")
            json.member("sample_rate", format.sampleRate)
            json.member("channels", 1)
        }
        json.name("custom_parameters")
        json.raw(String(decoding: parameters, as: UTF8.self))
    }

    private func plivoStart(_ json: inout JSONWriter) {
        json.member("callId", call.callID)
        json.member("streamId", stream)
        json.member("accountId", account)
        tracks(&json)
        json.object("mediaFormat") { json in
            json.member("encoding", format.mediaStreamsType)
            json.member("sampleRate", format.sampleRate)
        }
    }

    private func exotelStart(_ json: inout JSONWriter) {
        json.member("stream_sid", stream)
        json.member("call_sid", call.callID)
        json.member("account_sid", account)
        json.member("from", call.caller ?? "")
        json.member("to", call.callee ?? "")
        json.name("custom_parameters")
        json.raw(String(decoding: parameters, as: UTF8.self))
        json.object("media_format") { json in
            json.member("encoding", "base64")
            json.member("sample_rate", "8000")
            json.member("bit_rate", "128kbps")
        }
    }

    private func tracks(_ json: inout JSONWriter) {
        json.name("tracks")
        json.beginArray()
        json.string("inbound")
        json.endArray()
    }

    /// What a bot is told of the call beside the identifiers. Twilio and Plivo have no members for the two parties:
    /// there they go by the names that bots give them.
    private var parameters: [UInt8] {
        var all = call.variables
        if flavour == .twilio || flavour == .plivo {
            if let caller = call.caller, all["from_number"] == nil { all["from_number"] = caller }
            if let callee = call.callee, all["to_number"] == nil { all["to_number"] = callee }
        }
        return JSONWriter.object { json in
            for (name, value) in all.sorted(by: { $0.key < $1.key }) { json.member(name, value) }
        }
    }

    // MARK: - Again and again

    var media: MediaTemplate {
        switch flavour {
        case .twilio:
            MediaTemplate([
                #"{"event":"media","sequenceNumber":""#, .sequence, #"","streamSid":"\#(stream)","media":"#,
                #"{"track":"inbound","chunk":""#, .chunk, #"","timestamp":""#, .timestamp, #"","payload":""#, .audio,
                #""}}"#,
            ])
        case .telnyx:
            MediaTemplate([
                #"{"event":"media","sequence_number":""#, .sequence, #"","stream_id":"\#(stream)","media":"#,
                #"{"track":"inbound","chunk":""#, .chunk, #"","timestamp":""#, .timestamp, #"","payload":""#, .audio,
                #""}}"#,
            ])
        case .plivo:
            MediaTemplate([
                #"{"event":"media","sequenceNumber":"#, .sequence, #","streamId":"\#(stream)","media":"#,
                #"{"track":"inbound","chunk":"#, .chunk, #","timestamp":""#, .timestamp, #"","payload":""#, .audio,
                #""}}"#,
            ])
        case .exotel:
            MediaTemplate([
                #"{"event":"media","sequence_number":"#, .sequence, #","stream_sid":"\#(stream)","media":"#,
                #"{"chunk":"#, .chunk, #","timestamp":""#, .timestamp, #"","payload":""#, .audio, #""}}"#,
            ])
        }
    }

    func digit(_ digit: Character, _ sequence: Int) -> [UInt8] {
        message("dtmf", sequence) { json in
            json.object("dtmf") { json in
                switch flavour {
                case .twilio: json.member("track", "inbound_track")
                case .plivo: json.member("track", "inbound")
                case .exotel: json.member("duration", "100")
                case .telnyx: break
                }
                json.member("digit", String(digit))
            }
        }
    }

    /// What was said before the mark has been played.
    func mark(_ mark: EngineMark, _ sequence: Int) -> [UInt8] {
        guard flavour != .plivo else {
            return message("playedStream", sequence) { $0.member("name", mark.rawValue) }
        }
        return message("mark", sequence) { json in
            json.object("mark") { $0.member("name", mark.rawValue) }
        }
    }

    /// Plivo's answer to `clearAudio`; with the others the marks are the answer.
    func cleared(_ sequence: Int) -> [UInt8] {
        message("clearedAudio", sequence) { _ in }
    }

    func stop(_ sequence: Int) -> [UInt8] {
        message("stop", sequence) { json in
            json.object("stop") { json in
                switch flavour {
                case .twilio:
                    json.member("accountSid", account)
                    json.member("callSid", call.callID)
                case .telnyx:
                    json.member("user_id", account)
                    json.member("call_control_id", call.callID)
                case .plivo:
                    json.member("callId", call.callID)
                    json.member("streamId", stream)
                case .exotel:
                    json.member("call_sid", call.callID)
                    json.member("account_sid", account)
                    json.member("reason", "callended")
                }
            }
        }
    }

    private func message(_ event: String, _ sequence: Int, _ content: (inout JSONWriter) -> Void) -> [UInt8] {
        JSONWriter.object { json in
            json.member("event", event)
            switch flavour {
            case .twilio:
                json.member("sequenceNumber", String(sequence))
                json.member("streamSid", stream)
            case .telnyx:
                json.member("sequence_number", String(sequence))
                json.member("stream_id", stream)
            case .plivo:
                json.member("sequenceNumber", sequence)
                json.member("streamId", stream)
            case .exotel:
                json.member("sequence_number", sequence)
                json.member("stream_sid", stream)
            }
            content(&json)
        }
    }
}
