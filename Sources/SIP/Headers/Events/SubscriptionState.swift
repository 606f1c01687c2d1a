/// The state of a subscription, in a NOTIFY (RFC 6665 §8.2.3).
public struct SubscriptionState: HeaderValue {
    public enum State: Sendable, Hashable {
        case pending, active, terminated
        /// A token of an extension; counts as active unless known.
        case other(String)

        public var rawValue: String {
            switch self {
            case .pending: "pending"
            case .active: "active"
            case .terminated: "terminated"
            case .other(let name): name
            }
        }

        init(_ token: String) {
            switch token.lowercasedASCII {
            case "pending": self = .pending
            case "active": self = .active
            case "terminated": self = .terminated
            default: self = .other(token)
            }
        }
    }

    public var state: State
    public var parameters: ParameterList

    public init(_ state: State, expires: UInt32? = nil, reason: String? = nil) {
        self.state = state
        parameters = ParameterList()
        if let reason { parameters["reason"] = reason }
        if let expires { parameters["expires"] = String(expires) }
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        state = State(try scanner.token(bytes))
        let start = scanner.offset
        parameters = try ParameterList(scanning: &scanner, bytes)
        try scanner.end(bytes)
        guard !parameters.contains("expires") || expires != nil else {
            throw SIPParseError(.expectedDigits, field: field, offset: start, in: bytes)
        }
    }

    /// Seconds that remain.
    public var expires: UInt32? { parameters["expires"].flatMap { UInt32($0) } }

    /// Why it ended: `deactivated`, `probation`, `rejected`, `timeout`, `giveup`, `noresource`, `invariant`, ...
    public var reason: String? { parameters["reason"] }

    /// Seconds to wait before subscribing again.
    public var retryAfter: UInt32? { parameters["retry-after"].flatMap { UInt32($0) } }

    public var description: String { "\(state.rawValue)\(parameters)" }
}

extension SIPHeaders {
    public func subscriptionState() throws(SIPParseError) -> SubscriptionState? { try value(of: .subscriptionState) }
}
