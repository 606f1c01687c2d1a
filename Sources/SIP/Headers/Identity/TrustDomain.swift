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

    /// Removes what a receiver outside of the domain must not see.
    ///
    /// - Parameter disclosesIdentity: Whether P-Asserted-Identity and History-Info may be shown to that receiver at
    ///   all. They are not when the user asked for privacy: `id` (RFC 3325 §7), `history` (RFC 7044 §10.1.2);
    ///   `header` and `user` hide both (RFC 3323 §5).
    public static func removeOnExit(from headers: inout SIPHeaders, disclosesIdentity: Bool = false) {
        let hidesIdentity = headers.asksForPrivacy("id", "user", "header")
        let hidesHistory = headers.asksForPrivacy("history", "header", "session")
        for name in assertions {
            switch name {
            case .pAssertedIdentity where disclosesIdentity && !hidesIdentity: continue
            case .historyInfo where disclosesIdentity && !hidesHistory: continue
            default: headers.removeAll(name)
            }
        }
    }
}

extension SIPHeaders {
    /// Whether the user asked for one of these kinds of privacy. `none` says that nothing is to be hidden, whatever
    /// else is there; a field that does not parse hides everything.
    fileprivate func asksForPrivacy(_ kinds: String...) -> Bool {
        guard let fields = try? values(of: .privacy, as: PrivacyHeader.self) else { return true }
        return !fields.contains { $0.contains("none") }
            && fields.contains { field in kinds.contains { field.contains($0) } }
    }
}
