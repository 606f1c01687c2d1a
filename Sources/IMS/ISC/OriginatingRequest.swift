import SIP

/// An INVITE, or another initial request, that an application server sends for a user: the originating UA and the
/// initiating B2BUA (TS 24.229 §5.7.3 and §5.7.5).
public struct OriginatingRequest: Sendable, Hashable {
    /// The user for whom the session is made.
    public var servedUser: String
    public var target: String
    /// The S-CSCF of the user, or an I-CSCF when it is not known; `orig` is added.
    public var servingCSCF: SIPURI
    /// New for each session (RFC 7315 §4.6); the sessions of one service can be correlated by deriving it.
    public var chargingID: String
    /// Our network, for the type 3 `orig-ioi`.
    public var network: String
    public var displayName: String?
    /// Values of Privacy (RFC 3323), for example `id`.
    public var privacy: [String] = []
    /// `false` when the user is known not to be registered.
    public var isRegistered = true

    public init(
        servedUser: String, target: String, servingCSCF: SIPURI, chargingID: String, network: String
    ) {
        self.servedUser = servedUser
        self.target = target
        self.servingCSCF = servingCSCF
        self.chargingID = chargingID
        self.network = network
    }

    /// The Route entry by which an S-CSCF takes a request for one of a user whom it serves (TS 24.229 §5.4.3.1).
    public static func route(to servingCSCF: SIPURI) -> String {
        var route = servingCSCF
        route.parameters.set("lr", nil)
        route.parameters.set("orig", nil)
        return "<\(route)>"
    }

    /// The request, for a dialog of its own: Call-ID, tags, CSeq, Via and Contact are the endpoint's.
    ///
    /// - Throws: ``SIPParseError`` when the served user is no URI.
    public func request(_ method: SIPMethod = .invite) throws(SIPParseError) -> SIPRequest {
        let user = NameAddress(displayName: displayName, uri: try SIPURI(parsing: servedUser))
        var request = SIPRequest(method: method, requestURI: target)
        request.headers.append(.route, Self.route(to: servingCSCF))
        request.headers.append(.maxForwards, "70")
        let isAnonymous = privacy.contains { ["id", "user"].contains($0.lowercased()) }
        // RFC 3323 §4.1: who asks for privacy is not named in From.
        request.headers.append(
            .from, isAnonymous ? "\"Anonymous\" <sip:anonymous@anonymous.invalid>" : user.description)
        request.headers.append(.to, "<\(target)>")
        request.headers.append(.pAssertedIdentity, user.description)
        let served = ServedUser(
            identity: servedUser, sessionCase: isRegistered ? .originating : .originatingUnregistered)
        request.headers.append(.pServedUser, served.headerValue())
        var vector = PChargingVector(chargingID: chargingID)
        vector.originatingNetwork = PChargingVector.type3(network)
        request.headers.append(.pChargingVector, vector)
        if !privacy.isEmpty { request.headers.append(.privacy, privacy.joined(separator: ";")) }
        return request
    }
}
