/// What a proxy knows of itself and how far it goes.
public struct ProxyConfiguration: Sendable, Hashable {
    /// Where requests reach us: addresses in Route and Request-URI that mean this element, and sent-by of our Vias.
    /// A port left out is any: a name says which element, whatever leads to its ports.
    public var names: [HostPort]
    /// What Record-Route says, for the transport that a message is on; empty: the proxy does not stay on the path.
    public var recordRoutes: [TransportKind: HostPort]
    /// Option tags of Proxy-Require that are understood (RFC 3261 §16.3 step 5).
    public var extensions: Set<String>
    /// Longest time without a provisional response of an INVITE branch; more than three minutes (§16.6 step 11).
    public var timerC: Duration
    /// Max-Breadth of a request that comes without, and the most that is believed (RFC 5393 §5.3.3).
    public var maxBreadth: Int
    /// How many contacts of 3xx responses are tried for one request; 0: redirections go upstream.
    public var redirectionLimit: Int
    /// How many branches one request gets, one after another or together.
    public var branchLimit: Int

    public init(
        names: [HostPort],
        recordRoutes: [TransportKind: HostPort] = [:],
        extensions: Set<String> = [],
        timerC: Duration = .seconds(200),
        maxBreadth: Int = 60,
        redirectionLimit: Int = 0,
        branchLimit: Int = 64
    ) {
        precondition(timerC > .seconds(180), "RFC 3261 §16.6 step 11")
        self.names = names
        self.recordRoutes = recordRoutes
        self.extensions = extensions
        self.timerC = timerC
        self.maxBreadth = maxBreadth
        self.redirectionLimit = redirectionLimit
        self.branchLimit = branchLimit
    }

    /// Whether the host and port of `uri` are ours.
    public func names(_ uri: SIPURI) -> Bool {
        let host = uri.hostText
        return names(uri) { host.equalsIgnoringCase($0) }
    }

    /// The same with another host in its place, such as that of `maddr`.
    func names(host: String, _ uri: SIPURI) -> Bool {
        names(uri) { host.equalsIgnoringCase($0) }
    }

    private func names(_ uri: SIPURI, _ isHost: (String) -> Bool) -> Bool {
        guard uri.scheme == .sip || uri.scheme == .sips else { return false }
        let isSecure = uri.scheme == .sips || uri.parameters["transport"]?.lowercasedASCII == "tls"
        let standard: UInt16 = isSecure ? 5_061 : 5_060
        return names.contains {
            ($0.port == nil || $0.port == uri.port ?? standard) && isHost($0.host)
        }
    }

    /// The URI that Record-Route names us by.
    func recordRoute(_ transport: TransportKind, isSecure: Bool, token: String?) -> String? {
        guard let address = recordRoutes[transport] else { return nil }
        var uri = SIPURI(scheme: isSecure ? .sips : .sip, user: token, host: address.host, port: address.port)
        switch transport {
        case .udp: break
        case .tcp: uri.parameters["transport"] = "tcp"
        case .tls: if !isSecure { uri.parameters["transport"] = "tls" }
        }
        uri.parameters.set("lr", nil)
        return "<\(uri)>"
    }
}
