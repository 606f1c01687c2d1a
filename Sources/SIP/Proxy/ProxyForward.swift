/// A copy of a request for one target, without our Via.
///
/// The driver puts a Via with ``viaBranch`` on top and opens a client transaction towards ``hop``; an ACK it just sends.
public struct ProxyForward: Sendable, Hashable {
    public let request: SIPRequest
    public let hop: Hop
    /// Unique, with the hash that finds loops in it.
    public let viaBranch: String
}

extension ProxyRequest {
    /// The copy that goes to `target` (RFC 3261 §16.6 steps 1 to 8). What is not named there leaves octet for octet.
    ///
    /// - Parameters:
    ///   - breadth: The copy's share of ``maxBreadth``.
    ///   - routeToken: User part of our Record-Route, to be found again as ``routeToken`` of requests in the dialog.
    ///   - unique: Differs for every copy; token characters without a period.
    /// - Throws: ``ProxyRejection`` when no transport of ours leads there; it counts as the target's response.
    public func forward(
        to target: ProxyTarget,
        breadth: Int,
        routeToken: String?,
        unique: String,
        configuration: ProxyConfiguration,
        loops: LoopDetector
    ) throws(ProxyRejection) -> ProxyForward {
        var copy = request
        copy.requestURI = target.uriText ?? Self.requestURI(target.uri)
        if let hops = (try? copy.headers.maxForwards()).flatMap({ $0 }) {
            copy.headers.set(.maxForwards, String(max(hops - 1, 0)))
        } else {
            copy.headers.append(.maxForwards, "70")
        }
        copy.headers.set(.maxBreadth, String(breadth))
        for route in target.routes.reversed() { copy.headers.insertBeforeFirst(.route, "<\(route)>") }

        let (destination, isStrict) = try Self.nextHop(of: copy, target.uri)
        let recordedTop = copy.headers.firstValue(.route)
        if isStrict, let recordedTop { try Self.routeStrictly(&copy, recordedTop) }
        guard let hop = target.hop ?? Hop(destination) else {
            let hasAddress = destination.scheme == .sip || destination.scheme == .sips
            throw ProxyRejection(hasAddress ? .serviceUnavailable : .unsupportedURIScheme)
        }
        if Self.recordsRoute(copy.method) {
            let isSecure = target.uri.scheme == .sips || destination.scheme == .sips
            record(in: &copy, towards: hop.transport, isSecure: isSecure, routeToken, configuration)
        }
        return ProxyForward(
            request: copy,
            hop: hop,
            viaBranch: loops.branch(token: loopToken, unique: unique)
        )
    }

    /// Without what may not stand in a Request-URI: `method` and header fields (§19.1.1).
    private static func requestURI(_ uri: SIPURI) -> String {
        guard uri.scheme == .sip || uri.scheme == .sips else { return uri.description }
        var plain = uri
        plain.parameters["method"] = nil
        plain.opaque = nil
        return plain.description
    }

    private static func nextHop(
        of copy: SIPRequest,
        _ requestURI: SIPURI
    ) throws(ProxyRejection) -> (SIPURI, isStrict: Bool) {
        guard let top = copy.headers.firstValue(.route) else { return (requestURI, false) }
        guard let route = try? NameAddress(parsing: top, field: .route) else { throw ProxyRejection(.badRequest) }
        return (route.uri, !route.uri.isLooseRouter)
    }

    /// §16.6 step 6: a strict router finds itself in the Request-URI, and the Request-URI last in Route.
    private static func routeStrictly(_ copy: inout SIPRequest, _ top: String) throws(ProxyRejection) {
        guard let route = try? NameAddress(parsing: top, field: .route) else { throw ProxyRejection(.badRequest) }
        copy.headers.replaceTopValue(.route, with: nil)
        copy.headers.append(.route, "<\(copy.requestURI)>")
        copy.requestURI = route.uriText
    }

    /// The requests that make or refresh dialogs (§16.6 step 4).
    private static func recordsRoute(_ method: SIPMethod) -> Bool {
        method == .invite || method == .subscribe || method == .refer || method == .notify
    }

    /// One value, or two when the message changes transport here (RFC 5658 §3): each side finds us by its own.
    private func record(
        in copy: inout SIPRequest,
        towards next: TransportKind,
        isSecure: Bool,
        _ token: String?,
        _ configuration: ProxyConfiguration
    ) {
        let inner = configuration.recordRoute(transport, isSecure: isSecure, token: token)
        // Where we do not listen for the next transport we are reached by the one it came by.
        guard let outer = configuration.recordRoute(next, isSecure: isSecure, token: token) ?? inner else { return }
        if let inner, inner != outer {
            copy.headers.insertBeforeFirst(.recordRoute, inner)
        }
        copy.headers.insertBeforeFirst(.recordRoute, outer)
    }
}
