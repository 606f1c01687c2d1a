import VoiceEngine

/// What a person who takes a call over is told of it: who called, what was said, what was found out, why the bot
/// stopped.
///
/// All texts are as they came from the caller and the engine, and untrusted; ``HandOverWriter`` is what puts them into
/// headers and bodies.
public struct HandOver: Sendable, Hashable {
    /// What was said by one side in one turn.
    public struct Line: Sendable, Hashable {
        public var speaker: EngineSpeaker
        public var text: String

        public init(_ speaker: EngineSpeaker, _ text: String) {
            self.speaker = speaker
            self.text = text
        }
    }

    /// Call-ID of the caller's leg.
    public var callID: String
    /// When the call was handed over, in seconds since 1970, UTC.
    public var time: Int64
    /// Name of the service that had the call.
    public var service: String
    /// URI that the network asserts (RFC 3325), or else that of From.
    public var caller: String?
    /// Display name beside it.
    public var callerName: String?
    /// Whether the network asserts ``caller``.
    public var isCallerAsserted = false
    /// URI that was called: the served user, or else the Request-URI.
    public var called: String?
    /// BCP 47 tag of the language that was spoken.
    public var language: String?
    public var intent: String?
    public var summary: String?
    /// Why the bot stopped: what the engine said, or a word of ours such as `engine-lost`.
    public var reason: String?
    /// Slots and other findings of the engine, by name.
    public var variables: [String: String] = [:]
    /// Header fields that the engine wants to go along; only those leave that ``HandOverFormat/engineHeaders`` names.
    public var engineHeaders: [EngineTransferRequest.Header] = []
    /// Oldest first.
    public var transcript: [Line] = []

    public init(callID: String, time: Int64, service: String) {
        self.callID = callID
        self.time = time
        self.service = service
    }
}

extension HandOver {
    /// A part that a header can carry, by its name in the configuration.
    public enum Field: String, Sendable, Hashable, CaseIterable {
        case callID = "call-id"
        case time, service, caller
        case callerName = "caller-name"
        case called, language, intent, summary, reason
        /// Where the whole record is, see ``HandOverFormat/recordURL``.
        case record
    }

    /// `nil` for what is not known.
    func text(of field: Field, _ format: HandOverFormat) -> String? {
        switch field {
        case .callID: callID
        case .time: UTCTime(secondsSince1970: time).description
        case .service: service
        case .caller: caller
        case .callerName: callerName
        case .called: called
        case .language: language
        case .intent: intent
        case .summary: summary
        case .reason: reason
        case .record: format.recordURL(of: callID)
        }
    }
}
