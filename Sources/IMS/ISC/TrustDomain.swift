import SIP

/// The edge of the trust domain (RFC 3325 §5, TS 24.229 §4.4).
public enum TrustDomain {
    /// Fields that only a member of the trust domain may bring in, and that do not leave it.
    public static let assertions: [HeaderName] = [
        .pAssertedIdentity, .pServedUser, .pAssertedService, .pChargingVector, .pChargingFunctionAddresses,
        .pAccessNetworkInfo, .pVisitedNetworkID, .pAssociatedURI, .pCalledPartyID, .historyInfo, .resourcePriority,
    ]

    /// Removes what a sender outside of the domain asserts.
    public static func removeAssertions(from headers: inout SIPHeaders) {
        for name in assertions { headers.removeAll(name) }
    }
}
