import SIP

/// What becomes of a call that no engine takes.
public struct EngineFallback: Sendable, Hashable {
    public enum Mode: Sendable, Hashable {
        /// The server carries the INVITE to the legacy PBX.
        case route
        /// The server forwards the INVITE there as a stateful proxy, and is out of the call when it is answered.
        case proxy
        /// 503 with Retry-After before any 18x: the S-CSCF's default handling acts.
        case reject
        /// Back to the S-CSCF: the chain goes on with the next criterion.
        case resume
    }

    public var mode: Mode
    /// SIP URI of the legacy PBX or the human queue: where ``Mode/route`` leads, and where a call goes that loses its
    /// engine later. Without it such a call is hung up.
    public var uri: String?
    /// The engine must be ready this long after the INVITE.
    public var engineTimeout: Duration
    /// Of ``Mode/proxy``: further SIP URIs beside ``uri``.
    public var alternatives: [String] = []
    /// Of ``Mode/proxy``: whether all of them ring together; otherwise one after another.
    public var isParallel = false

    /// After ``uri``, when the engine is lost in mid-call.
    public var rescue = RescueSettings()

    public init(mode: Mode, uri: String?, engineTimeout: Duration = .milliseconds(1_500)) {
        self.mode = mode
        self.uri = uri
        self.engineTimeout = engineTimeout
    }

    /// Where the call goes before its answer; `nil` for ``Mode/reject``, and for ``Mode/route`` without a URI.
    var routeTarget: RouteTarget? {
        switch mode {
        case .route: uri.map { .direct($0) }
        case .resume: .servingCSCF(requestURI: nil)
        case .reject, .proxy: nil
        }
    }

    /// Where ``Mode/proxy`` forwards to: groups that ring one after another.
    var forwardTargets: [[RouteTarget]]? {
        guard mode == .proxy, let uri else { return nil }
        let targets = ([uri] + alternatives).map { RouteTarget.direct($0) }
        return isParallel ? [targets] : targets.map { [$0] }
    }
}
