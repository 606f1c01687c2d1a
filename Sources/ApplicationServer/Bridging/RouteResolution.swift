import IMS
import SIP

/// Where a request of ours goes: Request-URI, Route and next hop.
struct ResolvedRoute {
    /// For whom a request is made that begins a session of its own.
    private struct Origin {
        let servedUser: ServedUser
        let network: String
    }

    let requestURI: String
    let routes: [String]
    let hop: Hop
    private let origin: Origin?
    /// Ours, where the request goes back to the S-CSCF.
    private let network: String?

    /// - Throws: ``CallError/unreachable(_:)``.
    init(_ target: RouteTarget, for call: CallCore) throws {
        let incoming = call.request
        switch target {
        case .direct(let text):
            guard var uri = try? SIPURI(parsing: text), let hop = Hop(uri) else { throw CallError.unreachable(text) }
            if uri.user == nil { uri.user = (try? incoming.request.uri())?.user }
            requestURI = uri.description
            routes = incoming.remainingRoutes
            self.hop = hop
            origin = nil
            network = nil
        case .servingCSCF(let retarget):
            guard let first = incoming.remainingRoutes.first,
                let address = try? NameAddress(parsing: first, field: .route), let hop = Hop(address.uri)
            else { throw CallError.unreachable("the request came without a route back to the S-CSCF") }
            requestURI = retarget ?? incoming.request.requestURI
            routes = incoming.remainingRoutes
            self.hop = hop
            origin = nil
            network = call.network
        case .originating(let uri):
            guard let outbound = call.server.configuration.outbound, let hop = Hop(outbound.servingCSCF) else {
                throw CallError.unreachable("\(uri): no S-CSCF is known for calls of our own")
            }
            requestURI = uri
            routes = [OriginatingRequest.route(to: outbound.servingCSCF)]
            self.hop = hop
            network = nil
            let user = incoming.servedUser
            let isRegistered = user?.sessionCase.impliesRegistered ?? true
            origin = Origin(
                servedUser: ServedUser(
                    identity: user?.identity ?? outbound.servedUser,
                    sessionCase: isRegistered ? .originating : .originatingUnregistered),
                network: outbound.network)
        }
    }

    /// Names our network to the S-CSCF (TS 24.229 §5.7.4, §5.7.5), and says whose session it is, where it is one of its
    /// own. Who calls stays whom the network has asserted, and the charging identifier that of the caller's session, by
    /// which the two are correlated (RFC 7315 §4.6).
    func claim(_ headers: inout SIPHeaders) {
        guard let origin else {
            if let network { headers.setOriginatingNetwork(network) }
            return
        }
        headers.set(.pServedUser, origin.servedUser.headerValue())
        guard var vector = try? headers.pChargingVector() else { return }
        vector.originatingNetwork = PChargingVector.type3(origin.network)
        vector.terminatingNetwork = nil
        headers.set(.pChargingVector, vector.description)
    }
}
