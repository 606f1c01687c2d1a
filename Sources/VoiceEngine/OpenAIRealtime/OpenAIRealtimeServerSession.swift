import Codecs

/// The server's side of the OpenAI Realtime dialect, for engines of our own.
///
/// It keeps the identifiers, the running response and the negotiated session. Speech detection, recognition and
/// synthesis are the owner's: it takes the inputs and calls back what happened.
public struct OpenAIRealtimeServerSession: Sendable {
    public enum Output: Sendable, Hashable {
        /// Send this as one text message.
        case send([UInt8])
        /// The client has set up or changed its session.
        case configured(Configuration)
        /// Audio of the caller, in the input format.
        case audio([UInt8])
        case inputCommitted
        case inputCleared
        /// The client asks for a response; `instructions` are for this one only.
        case respond(instructions: String?)
        /// The client cancels the running response.
        case cancel
        case functionOutput(callID: String, output: String)
        case userText(String)
        /// The client heard only the first `milliseconds` of an item.
        case truncated(item: String, milliseconds: Int)
        /// No JSON, or no event of the dialect: close the connection.
        case violation(String)
    }

    /// The part of the session object that the server acts on.
    public struct Configuration: Sendable, Hashable {
        public var instructions: String?
        public var voice: String?
        public var inputFormat = AudioFormat.pcm16(rate: 24_000)
        public var outputFormat = AudioFormat.pcm16(rate: 24_000)
        /// `nil`: the client commits its turns itself.
        public var turnDetection: TurnDetection? = TurnDetection()
        /// Names of the functions that may be called.
        public var tools: [String] = []
        /// Whether the client wants a transcript of the caller.
        public var transcribesInput = false

        public init() {}
    }

    public struct TurnDetection: Sendable, Hashable {
        /// Silence that ends a turn, in milliseconds.
        public var silence = 500
        public var createsResponse = true
        public var interruptsResponse = true

        public init() {}
    }

    /// Milliseconds since the start of the session.
    struct Speech: Sendable {
        var began: Int
        var ended: Int
    }

    public private(set) var configuration = Configuration()
    /// The running response.
    public var response: OpenAIRealtimeServerResponse?
    let identifier: String
    /// The caller's last turn, or the one that he is in.
    var speech = Speech(began: 0, ended: 0)
    private var document = JSONDocument()
    private var counter = 0

    /// - Parameter identifier: Unique among the server's sessions; goes into every identifier made here.
    public init(identifier: String) {
        self.identifier = identifier
    }

    /// The connection is open.
    public mutating func start(into out: inout [Output]) {
        out.append(.send(sessionEvent("session.created")))
    }

    /// Takes one text message of the client.
    public mutating func receive(text: Span<UInt8>, into out: inout [Output]) {
        do {
            try document.parse(text)
        } catch {
            out.append(.violation("not JSON: \(error)"))
            return
        }
        let type = document.string("type", in: text)
        switch type {
        case "input_audio_buffer.append":
            var audio: [UInt8] = []
            let encoded = Array((document.string("audio", in: text) ?? "!").utf8)
            guard Base64.decode(encoded.span, into: &audio) else {
                error("invalid_value", "audio is not Base64", text, &out)
                return
            }
            out.append(.audio(audio))
        case "session.update":
            update(text, &out)
        case "input_audio_buffer.commit":
            out.append(.inputCommitted)
        case "input_audio_buffer.clear":
            out.append(.inputCleared)
            out.append(.send(event("input_audio_buffer.cleared")))
        case "response.create":
            guard response == nil else {
                error("conversation_already_has_active_response", "a response is active", text, &out)
                return
            }
            let requested = document.member("response", in: text)
            out.append(.respond(instructions: requested.flatMap { document.string("instructions", of: $0, in: text) }))
        case "response.cancel":
            guard response != nil else {
                error("response_cancel_not_active", "no response is active", text, &out)
                return
            }
            out.append(.cancel)
        case "conversation.item.create":
            createItem(text, &out)
        case "conversation.item.truncate":
            truncate(text, &out)
        case nil:
            out.append(.violation("a message without a type"))
        default:
            error("unknown_event", "unknown event \(type ?? "")", text, &out)
        }
    }

    /// Builds an event with a fresh `event_id`.
    mutating func event(_ type: String, _ content: (inout JSONWriter) -> Void = { _ in }) -> [UInt8] {
        let id = nextIdentifier("event")
        return JSONWriter.object { json in
            json.member("type", type)
            json.member("event_id", id)
            content(&json)
        }
    }

    mutating func nextIdentifier(_ prefix: String) -> String {
        counter += 1
        return "\(prefix)_\(identifier)_\(counter)"
    }

    private mutating func update(_ text: Span<UInt8>, _ out: inout [Output]) {
        guard let session = document.member("session", in: text) else {
            error("missing_required_parameter", "session is missing", text, &out)
            return
        }
        var updated = configuration
        let fault = OpenAIRealtimeSessionReader(document: document).apply(session, text, to: &updated)
        if let fault {
            error("invalid_value", fault, text, &out)
            return
        }
        configuration = updated
        out.append(.configured(updated))
        out.append(.send(sessionEvent("session.updated")))
    }

    private mutating func createItem(_ text: Span<UInt8>, _ out: inout [Output]) {
        guard let item = document.member("item", in: text) else {
            error("missing_required_parameter", "item is missing", text, &out)
            return
        }
        switch document.string("type", of: item, in: text) {
        case "function_call_output":
            out.append(
                .functionOutput(
                    callID: document.string("call_id", of: item, in: text) ?? "",
                    output: document.string("output", of: item, in: text) ?? ""))
        case "message":
            let content = document.member("content", of: item, in: text).map(document.elements(of:)) ?? []
            for part in content {
                if let said = document.string("text", of: part, in: text) { out.append(.userText(said)) }
            }
        default:
            error("invalid_value", "unknown kind of item", text, &out)
            return
        }
        guard let written = document.containerText(item, in: text) else { return }
        let hasIdentifier = document.string("id", of: item, in: text) != nil
        let added = hasIdentifier ? written : #"{"id":"\#(nextIdentifier("item"))",\#(written.dropFirst())"#
        out.append(
            .send(
                event("conversation.item.added") { json in
                    json.name("item")
                    json.raw(added)
                }))
    }

    private mutating func truncate(_ text: Span<UInt8>, _ out: inout [Output]) {
        guard let item = document.string("item_id", in: text),
            let milliseconds = document.integer("audio_end_ms", in: text), milliseconds >= 0
        else {
            error("invalid_value", "item_id and audio_end_ms are needed", text, &out)
            return
        }
        out.append(.truncated(item: item, milliseconds: milliseconds))
        out.append(
            .send(
                event("conversation.item.truncated") { json in
                    json.member("item_id", item)
                    json.member("content_index", 0)
                    json.member("audio_end_ms", milliseconds)
                }))
    }

    private mutating func error(_ code: String, _ explanation: String, _ text: Span<UInt8>, _ out: inout [Output]) {
        let cause = document.string("event_id", in: text)
        out.append(
            .send(
                event("error") { json in
                    json.object("error") { json in
                        json.member("type", "invalid_request_error")
                        json.member("code", code)
                        json.member("message", explanation)
                        if let cause { json.member("event_id", cause) }
                    }
                }))
    }

    private mutating func sessionEvent(_ type: String) -> [UInt8] {
        let configuration = configuration
        let identifier = identifier
        return event(type) { json in
            json.object("session") { json in
                json.member("type", "realtime")
                json.member("id", "sess_\(identifier)")
                json.member("model", "sidetone-local")
                json.object("audio") { json in
                    json.object("input") { json in
                        json.object("format") { OpenAIRealtimeClientEvent.format(configuration.inputFormat, &$0) }
                    }
                    json.object("output") { json in
                        json.object("format") { OpenAIRealtimeClientEvent.format(configuration.outputFormat, &$0) }
                        if let voice = configuration.voice { json.member("voice", voice) }
                    }
                }
            }
        }
    }
}
