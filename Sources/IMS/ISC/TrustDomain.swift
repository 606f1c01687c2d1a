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

    /// Removes what a receiver outside of the domain must not see.
    ///
    /// - Parameter disclosesIdentity: Whether P-Asserted-Identity and History-Info may be shown to that receiver at
    ///   all. They are not when the user asked for privacy: `id` (RFC 3325 §7), `history` (RFC 7044 §10.1.2);
    ///   `header` and `user` hide both (RFC 3323 §5).
    public static func removeOnExit(from headers: inout SIPHeaders, disclosesIdentity: Bool = false) {
        let privacy = Privacy(headers)
        for name in assertions {
            switch name {
            case .pAssertedIdentity where disclosesIdentity && !privacy.hidesIdentity: continue
            case .historyInfo where disclosesIdentity && !privacy.hidesHistory: continue
            default: headers.removeAll(name)
            }
        }
    }
}

/// What a user asked to be hidden (RFC 3323 §4.2, RFC 3325 §9.3, RFC 7044 §10.1.1).
public struct Privacy: Sendable, Hashable {
    /// In lower case.
    public let values: Set<String>

    public init(_ headers: SIPHeaders) {
        var values: Set<String> = []
        for line in headers.all(.privacy) {
            for value in line.split(whereSeparator: { $0 == ";" || $0 == "," || $0 == " " }) {
                values.insert(value.lowercased())
            }
        }
        self.values = values
    }

    /// `none` says that nothing is to be hidden, whatever else is there.
    private func asks(for kinds: Set<String>) -> Bool {
        !values.contains("none") && !values.isDisjoint(with: kinds)
    }

    public var hidesIdentity: Bool { asks(for: ["id", "user", "header"]) }
    public var hidesHistory: Bool { asks(for: ["history", "header", "session"]) }
}
