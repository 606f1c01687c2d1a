import IMS
import SIP
import VoiceEngine

/// What a program outside is told of a call, and asked about it.
public struct CallActionEvent: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// The call is here and not answered. Wants actions.
        case incoming
        /// All actions have been done, or one of them has failed. Wants actions.
        case finished
        /// A transfer came to nothing, the caller is still here. Wants actions. The reason is a constant word, or a status
        /// as `sip-503`.
        case transferFailed(String)
        /// The caller pressed a key while no keys were gathered. May have actions.
        case key
        /// The caller put us on hold, or took us back. May have actions.
        case held(Bool)
        /// The call is over; no actions.
        case ended(String)

        /// The word that stands for each in JSON.
        public var name: String {
            switch self {
            case .incoming: "incoming"
            case .finished: "finished"
            case .transferFailed: "transfer-failed"
            case .key: "key"
            case .held(true): "held"
            case .held(false): "resumed"
            case .ended: "ended"
            }
        }

        /// Whether the call cannot go on without actions.
        public var needsActions: Bool {
            switch self {
            case .incoming, .finished, .transferFailed: true
            case .key, .held, .ended: false
            }
        }

        /// Whether the call is answered by then.
        public var isAnswered: Bool { self != .incoming }
    }

    public var kind: Kind
    /// Of this event among those of the call: 0, 1, 2, and so on.
    public var sequence: Int
    /// What came of the actions since the last event.
    public var results: [CallActionResult]
    /// Keys pressed since the last event while none were gathered.
    public var keys: String
    /// Whether the call is answered.
    public var isAnswered: Bool

    public init(
        _ kind: Kind,
        sequence: Int,
        results: [CallActionResult] = [],
        keys: String = "",
        isAnswered: Bool = true
    ) {
        self.kind = kind
        self.sequence = sequence
        self.results = results
        self.keys = keys
        self.isAnswered = isAnswered
    }
}

/// What came of one action.
public struct CallActionResult: Sendable, Hashable {
    public enum Outcome: String, Sendable, Hashable {
        case done
        /// Cut short, by a key or by other actions.
        case interrupted
        /// No key was pressed.
        case noInput = "no-input"
        /// Fewer keys than wanted were pressed.
        case incomplete
        case failed
    }

    /// The action's word in JSON.
    public var action: String
    public var outcome: Outcome
    /// Of a collection.
    public var digits: String?
    /// Why it failed, in a word or a few.
    public var reason: String?

    public init(action: String, outcome: Outcome, digits: String? = nil, reason: String? = nil) {
        self.action = action
        self.outcome = outcome
        self.digits = digits
        self.reason = reason
    }
}

/// What every event tells of its call.
public struct CallActionContext: Sendable, Hashable {
    /// Unique among all calls of all servers, also where a Call-ID is not.
    public var identifier: String
    /// Call-ID of the caller's leg.
    public var callID: String
    public var service: String
    /// URI that the network asserts (RFC 3325); `nil` if it does not, or the caller asked not to be named.
    public var caller: String?
    public var callerName: String?
    /// URI of From; `nil` if the caller asked not to be named.
    public var from: String?
    public var isCallerWithheld: Bool
    /// URI of To.
    public var to: String
    public var requestURI: String
    /// `nil` also where it is the caller, who asked not to be named.
    public var servedUser: String?
    /// As in TS 29.228, `terminating-registered` for example.
    public var sessionCase: String?

    init(_ request: ISCRequest, callID: String, service: String) {
        identifier = (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
        self.callID = callID
        self.service = service
        isCallerWithheld = request.isCallerWithheld
        let headers = request.request.headers
        if !isCallerWithheld {
            caller = request.assertedIdentities.first?.uriText
            callerName = request.assertedIdentities.first?.displayName
            from = (try? headers.address(.from))?.uriText
        }
        to = (try? headers.address(.to))?.uriText ?? ""
        requestURI = request.request.requestURI
        let isCaller = request.servedUser?.sessionCase.isOfCaller == true
        servedUser = isCallerWithheld && isCaller ? nil : request.servedUser?.identity
        sessionCase = request.servedUser?.sessionCase.word
    }
}

extension SessionCase {
    /// Whether the served user is the caller. After a diversion it is who diverted the call (RFC 8498).
    fileprivate var isOfCaller: Bool {
        switch self {
        case .originating, .originatingUnregistered: true
        case .originatingCDIV, .terminatingRegistered, .terminatingUnregistered: false
        }
    }

    fileprivate var word: String {
        switch self {
        case .originating: "originating"
        case .terminatingRegistered: "terminating-registered"
        case .terminatingUnregistered: "terminating-unregistered"
        case .originatingUnregistered: "originating-unregistered"
        case .originatingCDIV: "originating-cdiv"
        }
    }
}

extension CallActionEvent {
    /// The event as one JSON object.
    ///
    /// - Parameters:
    ///   - identifier: Unique for this event, the same in each attempt to deliver it.
    ///   - time: When it happened.
    public func json(of call: CallActionContext, identifier: String, at time: UTCTime) -> [UInt8] {
        JSONWriter.object { json in
            json.member("event", kind.name)
            json.member("id", identifier)
            json.member("sequence", sequence)
            json.member("time", time.description)
            switch kind {
            case .transferFailed(let reason), .ended(let reason): json.member("reason", reason)
            default: break
            }
            json.object("call") { call.write(isAnswered: isAnswered, into: &$0) }
            if !keys.isEmpty { json.member("keys", keys) }
            guard !results.isEmpty else { return }
            json.name("results")
            json.beginArray()
            for result in results { result.write(into: &json) }
            json.endArray()
        }
    }
}

extension CallActionContext {
    fileprivate func write(isAnswered: Bool, into json: inout JSONWriter) {
        json.member("id", callID)
        json.member("service", service)
        json.member("answered", isAnswered)
        for (name, value) in [
            ("caller", caller), ("callerName", callerName), ("from", from), ("to", to), ("requestURI", requestURI),
            ("servedUser", servedUser), ("sessionCase", sessionCase),
        ] {
            if let value { json.member(name, value) }
        }
        if isCallerWithheld { json.member("withheld", true) }
    }
}

extension CallActionResult {
    fileprivate func write(into json: inout JSONWriter) {
        json.beginObject()
        json.member("action", action)
        json.member("outcome", outcome.rawValue)
        if let digits { json.member("digits", digits) }
        if let reason { json.member("reason", reason) }
        json.endObject()
    }
}
