/// What may be asked for over HTTP.
public struct OutboundRules: Sendable, Hashable {
    /// Origins on the public network.
    public var allowed: Set<WebOrigin>
    /// Origins whose addresses may be private or loopback ones.
    public var allowedPrivate: Set<WebOrigin>
    /// Octets of a response's body.
    public var maximumBodyBytes = 1_024 * 1_024
    /// Connections to one origin at a time; further requests wait for one.
    public var maximumConnections = 256
    /// How long an address that was found and checked stays in use.
    public var pinTime: Duration = .seconds(60)

    public init(allowed: Set<WebOrigin> = [], allowedPrivate: Set<WebOrigin> = []) {
        self.allowed = allowed
        self.allowedPrivate = allowedPrivate
    }

    func allows(_ origin: WebOrigin) -> Bool { allowed.contains(origin) || allowedPrivate.contains(origin) }

    /// Whether the origin's name may lead to this address.
    func allows(_ address: String, of origin: WebOrigin) -> Bool {
        switch AddressPolicy.reach(of: address) {
        case .global: true
        case .local: allowedPrivate.contains(origin)
        case .forbidden: false
        }
    }
}
