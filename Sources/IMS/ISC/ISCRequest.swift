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
        chargingID = request.headers.first(.pChargingVector).flatMap(Self.chargingID(in:))
        servedUser = try Self.servedUser(of: request, identities, isOriginating)
    }

    /// The entry that brings a request back into the S-CSCF's chain, octet for octet; `nil` when the request did
    /// not come over ISC.
    public var originalDialogIdentifier: String? { remainingRoutes.first }

    private static func servedUser(
        of request: SIPRequest,
        _ identities: [NameAddress],
        _ isOriginating: Bool
    ) throws(SIPParseError) -> ServedUser? {
        guard let value = request.headers.splitValues(.pServedUser).first else {
            if isOriginating {
                return identities.first.map { ServedUser(identity: $0.uriText, sessionCase: .originating) }
            }
            return ServedUser(identity: request.requestURI, sessionCase: .terminatingRegistered)
        }
        let user = try NameAddress(parsing: value, field: .pServedUser)
        let isRegistered = user.parameters["regstate"] != "unreg"
        let sessionCase: SessionCase =
            switch user.parameters["sescase"] {
            case "orig": isRegistered ? .originating : .originatingUnregistered
            case "orig-cdiv": .originatingCDIV
            case "term": isRegistered ? .terminatingRegistered : .terminatingUnregistered
            default:
                if user.parameters.contains("orig-cdiv") {
                    .originatingCDIV  // RFC 8498 §4: a parameter of its own.
                } else if isOriginating {
                    isRegistered ? .originating : .originatingUnregistered
                } else {
                    isRegistered ? .terminatingRegistered : .terminatingUnregistered
                }
            }
        return ServedUser(identity: user.uriText, sessionCase: sessionCase)
    }

    private static func chargingID(in value: String) -> String? {
        for part in value.split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].filter({ $0 != " " }).lowercased() == "icid-value" else { continue }
            return String(pair[1].filter { $0 != "\"" && $0 != " " })
        }
        return nil
    }
}
