import SIP

/// The SUBSCRIBE with which an application server asks an S-CSCF for the registration state of a user, after a
/// third-party REGISTER told it of one (TS 24.229 §5.7.1.1).
public struct RegistrationSubscription: Sendable, Hashable {
    /// The application server as it stands in filter criteria: the S-CSCF admits those (§5.4.2.1.1).
    public var applicationServer: SIPURI
    /// Our network, for the type 3 `orig-ioi`.
    public var network: String
    /// Seconds by which the subscription outlives the registration, so that its end is notified.
    public var margin = 600

    public init(applicationServer: SIPURI, network: String) {
        self.applicationServer = applicationServer
        self.network = network
    }

    /// The request; Call-ID, tags, CSeq, Via and Contact are the endpoint's.
    ///
    /// A de-registration gives `Expires: 0`, which asks for the state once (RFC 6665 §4.4.3): another contact of the
    /// user may be left.
    ///
    /// - Parameter chargingID: A new `icid-value`.
    /// - Throws: ``SIPParseError`` if the S-CSCF of the registration is no URI.
    public func request(
        for registration: ThirdPartyRegistration, chargingID: String
    ) throws(SIPParseError) -> SIPRequest {
        var request = SIPRequest(method: .subscribe, requestURI: registration.identity)
        if let servingCSCF = registration.servingCSCF {
            var route = try SIPURI(parsing: servingCSCF)
            route.parameters.set("lr", nil)
            request.headers.append(.route, "<\(route)>")
        }
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<\(applicationServer)>")
        request.headers.append(.to, "<\(registration.identity)>")
        request.headers.append(.event, EventHeader(package: "reg").description)
        request.headers.append(.expires, String(registration.expires == 0 ? 0 : registration.expires + margin))
        request.headers.append(.accept, RegistrationInformation.mediaType)
        request.headers.append(.pAssertedIdentity, "<\(applicationServer)>")
        var vector = PChargingVector(chargingID: chargingID)
        vector.originatingNetwork = PChargingVector.type3(network)
        request.headers.append(.pChargingVector, vector)
        return request
    }
}
