import IMS
import SIP

/// Where a request of ours goes: Request-URI, Route and next hop.
struct ResolvedRoute {
    var requestURI: String
    var routes: [String]
    var hop: Hop

    /// - Throws: ``CallError/unreachable(_:)``.
    init(_ target: RouteTarget, for incoming: ISCRequest) throws {
        switch target {
        case .direct(let text):
            guard var uri = try? SIPURI(parsing: text), let hop = Hop(uri) else { throw CallError.unreachable(text) }
            if uri.user == nil { uri.user = (try? incoming.request.uri())?.user }
            requestURI = uri.description
            routes = incoming.remainingRoutes
            self.hop = hop
        case .servingCSCF(let retarget):
            guard let first = incoming.remainingRoutes.first,
                let address = try? NameAddress(parsing: first, field: .route), let hop = Hop(address.uri)
            else { throw CallError.unreachable("the request came without a route back to the S-CSCF") }
            requestURI = retarget ?? incoming.request.requestURI
            routes = incoming.remainingRoutes
            self.hop = hop
        }
    }
}
