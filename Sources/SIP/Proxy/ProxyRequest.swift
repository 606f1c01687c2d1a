/// A request that a proxy may forward: validated (RFC 3261 §16.3), with the routes that lead to us taken off (§16.4).
public struct ProxyRequest: Sendable, Hashable {
    /// Ready to be copied for each target.
    public private(set) var request: SIPRequest
    /// User part of the Route, or of the Request-URI of a strict router, that named us: the token of our Record-Route.
    public private(set) var routeToken: String?
    /// The transport that the request came on.
    public let transport: TransportKind
    /// ``LoopDetector/token(for:)`` of the request as it came.
    public let loopToken: String
    /// How many branches may be open together (RFC 5393 §5.3.3).
    public let maxBreadth: Int

    /// - Parameter received: With the syntax that every request must have: the transaction layer has seen to it.
    /// - Throws: ``ProxyRejection`` with the response; an ACK is dropped instead.
    public init(
        _ received: SIPRequest,
        on transport: TransportKind,
        configuration: ProxyConfiguration,
        loops: LoopDetector
    ) throws(ProxyRejection) {
        request = received
        self.transport = transport
        loopToken = loops.token(for: received)
        maxBreadth = try Self.breadth(received, configuration)
        try validate(configuration, loops)
        try takeOffOwnRoutes(configuration)
    }

    /// Whether a Route, or a Request-URI that is not ours, says where it goes: the target is the Request-URI alone
    /// and the location service is not asked (§16.5).
    public func isRouted(_ configuration: ProxyConfiguration, domains: Set<String>) -> Bool {
        if request.headers.contains(.route) { return true }
        guard let uri = try? request.uri(), uri.scheme != .tel else { return false }
        return !configuration.names(uri) && !domains.contains(uri.host.lowercasedASCII)
    }

    /// The Request-URI as the only target, octet for octet.
    public func requestURITarget() throws(ProxyRejection) -> ProxyTarget {
        ProxyTarget(uri: try Self.uri(request.requestURI), uriText: request.requestURI)
    }

    // MARK: Validation

    private func validate(_ configuration: ProxyConfiguration, _ loops: LoopDetector) throws(ProxyRejection) {
        // An emergency service has no address of its own: where it goes Route says.
        if case .other = try Self.uri(request.requestURI).scheme, !request.isForEmergencyService {
            throw ProxyRejection(.unsupportedURIScheme)
        }
        let hops: Int?
        do throws(SIPParseError) {
            hops = try request.headers.maxForwards()
        } catch {
            throw ProxyRejection(.badRequest)
        }
        guard hops != 0 else {
            throw ProxyRejection(.tooManyHops, mayAnswerAsRecipient: request.method == .options)
        }
        if loops.isLoop(request, names: configuration.names) { throw ProxyRejection(.loopDetected) }
        // ACK and CANCEL repeat the Proxy-Require of their INVITE and cannot be refused.
        guard request.method != .ack, request.method != .cancel else { return }
        let unknown = request.headers.splitValues(.proxyRequire).filter { tag in
            !configuration.extensions.contains { $0.equalsIgnoringCase(tag) }
        }
        guard unknown.isEmpty else {
            var headers = SIPHeaders()
            headers.append(.unsupported, unknown.joined(separator: ", "))
            throw ProxyRejection(.badExtension, headers: headers)
        }
    }

    private static func uri(_ text: String) throws(ProxyRejection) -> SIPURI {
        guard let uri = try? SIPURI(parsing: text) else { throw ProxyRejection(.badRequest) }
        return uri
    }

    private static func breadth(
        _ request: SIPRequest,
        _ configuration: ProxyConfiguration
    ) throws(ProxyRejection) -> Int {
        guard let text = request.headers.first(.maxBreadth) else { return configuration.maxBreadth }
        guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit) else { throw ProxyRejection(.badRequest) }
        // More digits than an Int holds are more than we believe.
        let breadth = min(Int(text) ?? .max, configuration.maxBreadth)
        guard breadth > 0 || request.method == .ack else { throw ProxyRejection(.maxBreadthExceeded) }
        return breadth
    }

    // MARK: Routes

    /// Own values that are taken off the top of Route; what lies below them leads back to us and counts a hop.
    private static let ownRouteLimit = 4

    private mutating func takeOffOwnRoutes(_ configuration: ProxyConfiguration) throws(ProxyRejection) {
        let uri = try Self.uri(request.requestURI)
        if configuration.names(uri), uri.isLooseRouter {
            // A strict router has put our Record-Route into the Request-URI and the Request-URI behind Route.
            var routes = request.headers.splitValues(.route)
            if let last = routes.popLast() {
                guard let address = try? NameAddress(parsing: last, field: .route) else {
                    throw ProxyRejection(.badRequest)
                }
                routeToken = uri.user
                request.requestURI = address.uriText
                if routes.isEmpty {
                    request.headers.removeAll(.route)
                } else {
                    request.headers.set(.route, routes.joined(separator: ", "))
                }
            }
        } else if let maddr = uri.addressOverride, configuration.names(host: maddr, uri) {
            var plain = uri
            plain.parameters["maddr"] = nil
            plain.parameters["transport"] = nil
            plain.hostPort.port = nil
            request.requestURI = plain.description
        }
        // More than one of ours is on top when transports differ before and behind us (RFC 5658).
        for _ in 0..<Self.ownRouteLimit {
            guard let first = request.headers.firstValue(.route) else { break }
            guard let address = try? NameAddress(parsing: first, field: .route) else {
                throw ProxyRejection(.badRequest)
            }
            guard configuration.names(address.uri) else { break }
            routeToken = routeToken ?? address.uri.user
            request.headers.replaceTopValue(.route, with: nil)
        }
    }
}

extension HeaderName {
    /// RFC 5393 §5.2.
    static let maxBreadth: HeaderName = "Max-Breadth"
}
