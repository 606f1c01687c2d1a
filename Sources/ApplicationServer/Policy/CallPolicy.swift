import SIP

/// Whom a service may call, for whom, and how often. An engine, a webhook and a client of the API are all asked to keep
/// within it; none of them is trusted (RFC 3261 §26, toll fraud).
public struct CallPolicy: Sendable, Hashable {
    /// Targets by the name that an engine uses. Each is allowed.
    public var names: [String: String]
    /// Further targets that may be called by their URI or number.
    public var allowed: [TargetRule]
    /// Wins over ``allowed``.
    public var denied: [TargetRule]
    /// SIP URI without a user that takes calls to telephone numbers, such as that of the PBX; without it no number is
    /// called that has no name.
    public var numberGateway: String?
    /// Transfers that one call may ask for.
    public var maximumTransfers: Int
    /// Calls of the service to others at a time: transferred ones until they end, and those it has started.
    public var maximumCalls: Int
    /// Such calls begun in any one second and in any one minute.
    public var maximumPerSecond: Int
    public var maximumPerMinute: Int
    /// Who may start calls, by the name that the API or a webhook has authenticated; nobody if it is empty.
    public var starters: Set<String>
    /// For whom calls may be started, beside ``OutboundSettings/servedUser``. Their numbers are what the called party
    /// sees.
    public var servedUsers: [TargetRule]

    public init(
        names: [String: String] = [:],
        allowed: [TargetRule] = [],
        denied: [TargetRule] = [],
        numberGateway: String? = nil,
        maximumTransfers: Int = 5,
        maximumCalls: Int = 1_000,
        maximumPerSecond: Int = 50,
        maximumPerMinute: Int = 1_000,
        starters: Set<String> = [],
        servedUsers: [TargetRule] = []
    ) {
        self.names = names
        self.allowed = allowed
        self.denied = denied
        self.numberGateway = numberGateway
        self.maximumTransfers = maximumTransfers
        self.maximumCalls = maximumCalls
        self.maximumPerSecond = maximumPerSecond
        self.maximumPerMinute = maximumPerMinute
        self.starters = starters
        self.servedUsers = servedUsers
    }

    /// The URI behind a name, a number or a URI; untrusted text.
    ///
    /// - Throws: ``PolicyRefusal/unknownTarget``, ``PolicyRefusal/targetNotAllowed``.
    public func permits(_ text: String) throws(PolicyRefusal) -> String {
        let gateway = numberGateway.flatMap { try? SIPURI(parsing: $0) }
        if let uri = names[text] ?? named(text) {
            guard let gateway, case .number(let digits)? = CallTarget(uri) else { return uri }
            return Self.uri(of: digits, at: gateway)
        }
        guard let target = CallTarget(text) else { throw .unknownTarget }
        func isListed(_ rules: [TargetRule]) -> Bool { rules.contains { $0.holds(for: target, gateway: gateway) } }
        guard isListed(allowed), !isListed(denied), !isDeniedNumber(target) else { throw .targetNotAllowed }
        switch target {
        case .resource(let uri):
            return uri.description
        case .number(let digits):
            guard let gateway else { throw .targetNotAllowed }
            return Self.uri(of: digits, at: gateway)
        }
    }

    private static func uri(of digits: String, at gateway: SIPURI) -> String {
        var uri = gateway
        uri.user = "+" + digits
        uri.parameters["user"] = "phone"
        return uri.description
    }

    /// Targets that are wanted, and behind them those that are tried then.
    ///
    /// - Parameters:
    ///   - uris: Permitted ones.
    ///   - names: Of the targets behind them. What they name is not called twice.
    func targets(_ uris: [String], then names: [String]) -> [String] {
        uris + names.compactMap { try? permits($0) }.filter { !uris.contains($0) }
    }

    /// Whether `starter` may have the service call `text`, and which URI that is.
    ///
    /// - Parameter starter: As the API or the webhook has authenticated it.
    /// - Throws: ``PolicyRefusal``.
    public func permits(_ text: String, startedBy starter: String) throws(PolicyRefusal) -> String {
        guard starters.contains(starter) else { throw .mayNotStartCalls }
        return try permits(text)
    }

    /// Whether a call may be started in the name of `servedUser`, a SIP or telephone URI.
    ///
    /// - Throws: ``PolicyRefusal/servedUserNotAllowed``.
    public func permits(servedUser: String) throws(PolicyRefusal) {
        guard let user = CallTarget(servedUser), servedUsers.contains(where: { $0.holds(for: user, gateway: nil) })
        else { throw .servedUserNotAllowed }
    }

    /// Engines write names as they hear them.
    private func named(_ text: String) -> String? {
        guard text.utf8.count <= 64 else { return nil }
        let wanted = text.lowercased()
        let found = names.filter { $0.key.lowercased() == wanted }
        return found.count == 1 ? found.first?.value : nil
    }

    /// A denied number is denied at every host.
    private func isDeniedNumber(_ target: CallTarget) -> Bool {
        guard let number = target.telephoneNumber else { return false }
        return denied.contains { rule in
            if case .prefix(let digits) = rule { number.hasPrefix(digits) } else { false }
        }
    }
}

/// Why the policy of a service does not permit a call.
public enum PolicyRefusal: String, Error, Sendable, Hashable, CaseIterable {
    /// Neither a name that is known nor a number or URI that could be called.
    case unknownTarget = "unknown-target"
    case targetNotAllowed = "target-not-allowed"
    case mayNotStartCalls = "may-not-start-calls"
    case servedUserNotAllowed = "served-user-not-allowed"
    case tooManyTransfers = "too-many-transfers"
    case tooManyCalls = "too-many-calls"
    case tooFast = "too-fast"

    /// What an engine is told, as the member `error` of a tool's result.
    public var words: String {
        switch self {
        case .unknownTarget, .targetNotAllowed: "target not allowed"
        case .mayNotStartCalls, .servedUserNotAllowed: "not allowed to start calls"
        case .tooManyTransfers: "no further transfer in this call"
        case .tooManyCalls, .tooFast: "too many calls, try again later"
        }
    }
}
