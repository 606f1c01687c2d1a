import IMS
import SIP

/// Says which calls a service is for. Conditions that are set must all hold; none set means every call.
public struct ServiceMatch: Sendable, Hashable {
    /// `<ServiceInfo>` of the iFC, as the served user's third-party REGISTER brought it.
    public var serviceInfo: String?
    /// `sip:user@host` without parameters, or `tel:` number; compared in canonical spelling. A user alone, such as
    /// `assistant`, matches the user part of the Request-URI or of the Route entry that names us.
    public var requestURI: String?
    public var sessionCase: SessionCase?

    public init(serviceInfo: String? = nil, requestURI: String? = nil, sessionCase: SessionCase? = nil) {
        self.serviceInfo = serviceInfo
        self.requestURI = requestURI
        self.sessionCase = sessionCase
    }

    func holds(for incoming: ISCRequest, serviceInfo registered: String?) -> Bool {
        if let serviceInfo, serviceInfo != registered { return false }
        if let sessionCase, sessionCase != incoming.servedUser?.sessionCase { return false }
        if let requestURI, !matches(requestURI, incoming) { return false }
        return true
    }

    private func matches(_ wanted: String, _ incoming: ISCRequest) -> Bool {
        if wanted.contains(":") {
            return ThirdPartyRegistration.canonical(wanted)
                == ThirdPartyRegistration.canonical(incoming.request.requestURI)
        }
        if (try? incoming.request.uri())?.unescapedUser == wanted { return true }
        let route = incoming.request.headers.splitValues(.route).first
        return route.flatMap { try? NameAddress(parsing: $0, field: .route) }?.uri.unescapedUser == wanted
    }
}

/// A service with the calls it is for.
public struct ServiceRegistration: Sendable {
    public var name: String
    public var match: ServiceMatch
    public var service: any CallService

    public init(name: String, match: ServiceMatch = ServiceMatch(), service: any CallService) {
        self.name = name
        self.match = match
        self.service = service
    }
}
