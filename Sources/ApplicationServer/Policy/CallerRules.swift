import IMS
import SIP

/// Which callers get through to a served user. Only identities that the network asserts count (RFC 3325): what From says,
/// anybody can write.
public struct CallerRules: Sendable, Hashable {
    public enum Verdict: String, Sendable, Hashable, CaseIterable {
        case allow, reject
        /// Somebody asks who it is.
        case ask
    }

    public enum Reason: String, Sendable, Hashable, CaseIterable {
        case denied = "deny-list"
        case anonymous
        case allowed = "allow-list"
        case unknown
    }

    public struct Decision: Sendable, Hashable {
        public var verdict: Verdict
        public var reason: Reason

        public init(_ verdict: Verdict, _ reason: Reason) {
            self.verdict = verdict
            self.reason = reason
        }
    }

    /// `+4144`, `sip:user@host`, `sip:*@host`.
    public var allowed: [TargetRule]
    /// Wins over ``allowed``.
    public var denied: [TargetRule]
    /// Callers who keep their identity from the served user (TS 24.611, anonymous communication rejection). Whether
    /// they are in ``allowed`` is not looked at: it would tell who they are.
    public var anonymous: Verdict
    public var unknown: Verdict

    public init(
        allowed: [TargetRule] = [], denied: [TargetRule] = [], anonymous: Verdict = .reject, unknown: Verdict = .allow
    ) {
        self.allowed = allowed
        self.denied = denied
        self.anonymous = anonymous
        self.unknown = unknown
    }

    public func decide(on request: ISCRequest) -> Decision {
        let identities = request.assertedIdentities.compactMap { CallTarget($0.uri.description) }
        func isListed(_ rules: [TargetRule]) -> Bool {
            identities.contains { identity in rules.contains { $0.holds(forCaller: identity) } }
        }
        if isListed(denied) { return Decision(.reject, .denied) }
        if Self.isAnonymous(request) { return Decision(anonymous, .anonymous) }
        if isListed(allowed) { return Decision(.allow, .allowed) }
        return Decision(unknown, .unknown)
    }

    /// RFC 3323 §4.1.1.3 names the host of who is not named.
    private static func isAnonymous(_ request: ISCRequest) -> Bool {
        if request.isCallerWithheld { return true }
        guard request.assertedIdentities.isEmpty, let from = try? request.request.headers.address(.from) else {
            return false
        }
        return from.uri.host.lowercased() == "anonymous.invalid"
    }
}

extension TargetRule {
    /// A number counts at whatever host the network asserts it.
    fileprivate func holds(forCaller caller: CallTarget) -> Bool {
        guard case .prefix(let digits) = self else { return holds(for: caller, gateway: nil) }
        switch caller {
        case .number(let number): return number.hasPrefix(digits)
        case .resource(let uri): return uri.user?.hasPrefix("+" + digits) ?? false
        }
    }
}
