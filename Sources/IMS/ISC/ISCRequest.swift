import SIP

/// Who a request is served for, and in which part of the session (RFC 5502, RFC 8498).
public struct ServedUser: Sendable, Hashable {
    /// The public user identity, as it stood in the header.
    public var identity: String
    public var sessionCase: SessionCase

    public init(identity: String, sessionCase: SessionCase) {
        self.identity = identity
        self.sessionCase = sessionCase
    }
}

/// An initial request as an S-CSCF hands it to an application server over ISC (TS 24.229 §5.7.1).
public struct ISCRequest: Sendable, Hashable {
    /// The request as received.
    public let request: SIPRequest
    /// The Route entries behind our own, octet for octet. The first of them holds the original dialog identifier.
    public let remainingRoutes: [String]
    /// `nil` when neither P-Served-User nor another field tells.
    public let servedUser: ServedUser?
    /// Identities of the caller, asserted by the network (RFC 3325).
    public let assertedIdentities: [NameAddress]
    /// `icid-value` of P-Charging-Vector (RFC 7315 §5.6).
    public let chargingID: String?

    /// - Parameters:
    ///   - isOurs: Whether a URI of a Route entry names this application server.
    ///   - isTrusted: Whether the sender belongs to our trust domain; the P- fields of others are not believed.
    /// - Throws: ``SIPParseError`` for a Route or an identity that does not parse.
    public init(
        _ request: SIPRequest,
        isTrusted: Bool = true,
        isOurs: (SIPURI) -> Bool
    ) throws(SIPParseError) {
        var request = request
        if !isTrusted { TrustDomain.removeAssertions(from: &request.headers) }
        self.request = request
        var routes = request.headers.splitValues(.route)
        var isOriginating = false
        if let first = routes.first {
            let address = try NameAddress(parsing: first, field: .route)
            if isOurs(address.uri) {
                isOriginating = address.uri.parameters.contains("orig")
                routes.removeFirst()
            }
        }
        remainingRoutes = routes
        var identities: [NameAddress] = []
        for value in request.headers.splitValues(.pAssertedIdentity) {
            // RFC 3325 §9.1: what does not parse is no assertion.
            if let identity = try? NameAddress(parsing: value, field: .pAssertedIdentity) {
                identities.append(identity)
            }
        }
        assertedIdentities = identities
        chargingID = (try? request.headers.pChargingVector())?.chargingID
        servedUser = try Self.servedUser(of: request, identities, isOriginating)
    }

    /// The entry that brings a request back into the S-CSCF's chain, octet for octet; `nil` when the request did
    /// not come over ISC.
    public var originalDialogIdentifier: String? { remainingRoutes.first }

    /// Whether the caller has asked that the identity be kept from those outside the trust domain, or Privacy cannot be
    /// read (RFC 3323 §4.2, RFC 3325 §7).
    public var isCallerWithheld: Bool {
        guard request.headers.contains(.privacy) else { return false }
        guard let privacy = try? request.headers.privacy() else { return true }
        return privacy.contains("id") || privacy.contains("user") || privacy.contains("header")
    }

    private static func servedUser(
        of request: SIPRequest,
        _ identities: [NameAddress],
        _ isOriginating: Bool
    ) throws(SIPParseError) -> ServedUser? {
        guard let user = try request.headers.pServedUser() else {
            if isOriginating {
                return identities.first.map { ServedUser(identity: $0.uriText, sessionCase: .originating) }
            }
            return ServedUser(identity: request.requestURI, sessionCase: .terminatingRegistered)
        }
        let isRegistered = user.registrationState != .unregistered
        let sessionCase: SessionCase =
            switch user.sessionCase ?? (isOriginating ? .originating : .terminating) {
            case _ where user.isDiversion: .originatingCDIV
            case .originating: isRegistered ? .originating : .originatingUnregistered
            case .terminating: isRegistered ? .terminatingRegistered : .terminatingUnregistered
            }
        return ServedUser(identity: user.address.uriText, sessionCase: sessionCase)
    }
}
