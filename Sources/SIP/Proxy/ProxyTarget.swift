/// One place to forward a request to (RFC 3261 §16.5).
public struct ProxyTarget: Sendable, Hashable {
    /// Becomes the Request-URI.
    public var uri: SIPURI
    /// The octets of the Request-URI when they must not change; `nil`: the canonical form of ``uri``.
    public var uriText: String?
    /// Preference in thousandths, 0...1000: `q` of Contact (§20.10).
    public var preference: UInt16
    /// Pushed on top of the request's Route (§16.6 step 6).
    public var routes: [SIPURI]
    /// Where to send whatever Route and Request-URI say, such as the flow of a registration; `nil`: as they say.
    public var hop: Hop?

    public init(
        uri: SIPURI,
        uriText: String? = nil,
        preference: UInt16 = 1_000,
        routes: [SIPURI] = [],
        hop: Hop? = nil
    ) {
        self.uri = uri
        self.uriText = uriText
        self.preference = min(preference, 1_000)
        self.routes = routes
        self.hop = hop
    }

    /// The address of a Contact; a `q` that cannot be read counts as 1.
    public init(_ contact: NameAddress) {
        self.init(uri: contact.uri, preference: contact.parameters["q"].flatMap(Self.thousandths) ?? 1_000)
    }

    /// `qvalue` (§25.1): 0 to 1 with at most three decimals.
    static func thousandths(_ text: String) -> UInt16? {
        let octets = Array(text.utf8)
        guard let whole = octets.first, whole == 0x30 || whole == 0x31 else { return nil }
        var value: UInt16 = whole == 0x31 ? 1_000 : 0
        guard octets.count > 1 else { return value }
        guard octets[1] == .period, octets.count <= 5 else { return nil }
        var unit: UInt16 = 100
        for digit in octets[2...] {
            guard digit.isDigit else { return nil }
            value += UInt16(digit - 0x30) * unit
            unit /= 10
        }
        return value <= 1_000 ? value : nil
    }
}

/// The targets of a request: groups one after another, the targets of a group together.
public struct ProxyTargetSet: Sendable, Hashable {
    public var groups: [[ProxyTarget]]

    /// Parallel within a group, serial from group to group.
    public init(groups: [[ProxyTarget]]) {
        self.groups = groups.filter { !$0.isEmpty }
    }

    /// Higher ``ProxyTarget/preference`` first, equal ones together (RFC 3261 §16.6).
    public init(byPreference targets: [ProxyTarget]) {
        let values = Set(targets.map(\.preference)).sorted(by: >)
        self.init(groups: values.map { value in targets.filter { $0.preference == value } })
    }

    public init(_ target: ProxyTarget) {
        self.init(groups: [[target]])
    }
}
