import Codecs

/// The messages of the connector.
struct AudioCodesWriter: Sendable {
    let configuration: EngineSessionConfiguration
    let options: [String: String]
    let conversation: String
    /// Seconds since 1970 when the connection was made.
    let startedAt: Int64
    /// The message with audio of the caller up to the audio, which is followed by `"}`.
    private let chunkHead: [UInt8]

    init(
        configuration: EngineSessionConfiguration,
        options: [String: String],
        conversation: String,
        startedAt: Int64
    ) {
        self.configuration = configuration
        self.options = options
        self.conversation = conversation
        self.startedAt = startedAt
        let head = JSONWriter.object { json in
            json.member("type", "userStream.chunk")
            json.member("conversationId", conversation)
            json.member("audioChunk", "")
        }
        chunkHead = Array(head.dropLast(2))
    }

    /// Appends the message with audio of the caller.
    func appendChunk(_ audio: Span<UInt8>, into frame: inout [UInt8]) {
        frame.append(contentsOf: chunkHead)
        Base64.encode(audio, into: &frame)
        frame.append(contentsOf: #""}"#.utf8)
    }

    func initiate() -> [UInt8] {
        message("session.initiate") { json in
            json.member("expectAudioMessages", true)
            json.member("botName", options["bot"] ?? "sidetone")
            json.member("caller", configuration.call.caller ?? "anonymous")
            json.name("supportedMediaFormats")
            json.beginArray()
            for name in AudioFormat.audioCodesNames(preferring: configuration.audioFormat) { json.string(name) }
            json.endArray()
        }
    }

    func resume() -> [UInt8] { message("session.resume") { _ in } }

    /// - Parameter ticks: Tenths of a second since the connection was made.
    func start(number: Int, ticks: Int) -> [UInt8] {
        event("start", number: number, ticks: ticks) { json in
            json.object("parameters") { json in
                json.member("locale", language)
                json.member("caller", configuration.call.caller ?? "anonymous")
                if let callee = configuration.call.callee { json.member("callee", callee) }
                let taken: Set = ["locale", "caller", "callee"]
                for (name, value) in configuration.call.variables.sorted(by: { $0.key < $1.key })
                where !taken.contains(name) {
                    json.member(name, value)
                }
            }
        }
    }

    func digit(_ digit: Character, number: Int, ticks: Int) -> [UInt8] {
        event("dtmf", number: number, ticks: ticks) { $0.member("value", String(digit)) }
    }

    func userStreamStart() -> [UInt8] { message("userStream.start") { _ in } }

    func end(_ reason: EngineEndReason) -> [UInt8] {
        message("session.end") { json in
            json.member("reasonCode", "client-disconnected")
            switch reason {
            case .callerGone: json.member("reason", "The caller hung up")
            case .completed: json.member("reason", "The call has ended")
            case .transferred: json.member("reason", "The call was transferred")
            case .failed: json.member("reason", "The conversation cannot go on")
            }
        }
    }

    /// - Parameter members: Those of the request, as JSON.
    func markReached(_ members: String) -> [UInt8] {
        var message = message("playStream.mark.reached") { _ in }
        guard !members.isEmpty else { return message }
        message.removeLast()
        message.append(UInt8(ascii: ","))
        message.append(contentsOf: members.utf8)
        message.append(UInt8(ascii: "}"))
        return message
    }

    private var language: String { configuration.language ?? "en-US" }

    private func event(
        _ name: String,
        number: Int,
        ticks: Int,
        _ content: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        message("activities") { json in
            json.name("activities")
            json.beginArray()
            json.beginObject()
            json.member("type", "event")
            json.member("name", name)
            json.member("id", "\(conversation)-\(number)")
            let time = UTCTimestamp.text(seconds: startedAt + Int64(ticks / 10), milliseconds: ticks % 10 * 100)
            json.member("timestamp", time)
            json.member("language", language)
            content(&json)
            json.endObject()
            json.endArray()
        }
    }

    private func message(_ type: String, _ content: (inout JSONWriter) -> Void) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", type)
            json.member("conversationId", conversation)
            content(&json)
        }
    }
}

extension AudioFormat {
    /// The formats that are offered. Those in WAV containers are not.
    static let audioCodesFormats: [(name: String, format: AudioFormat)] = [
        ("raw/mulaw", .pcmu), ("raw/lpcm16", .pcm16(rate: 16_000)), ("raw/lpcm16_8", .pcm16(rate: 8_000)),
        ("raw/lpcm16_24", .pcm16(rate: 24_000)),
    ]

    static func audioCodesNames(preferring wanted: AudioFormat) -> [String] {
        let preferred = audioCodesFormats.filter { $0.format == wanted }
        return (preferred + audioCodesFormats.filter { $0.format != wanted }).map(\.name)
    }

    /// `nil` for a format that is not offered.
    static func audioCodes(_ name: String?) -> AudioFormat? {
        audioCodesFormats.first { $0.name == name }?.format
    }
}
