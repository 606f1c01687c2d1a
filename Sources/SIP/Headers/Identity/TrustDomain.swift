/// The edge of the trust domain (RFC 3325 §5, TS 24.229 §4.4).
public enum TrustDomain {
    /// Fields that only a member of the trust domain may bring in, and that do not leave it: RFC 3325, RFC 4412, RFC 4457,
    /// RFC 5002, RFC 5009, RFC 5502, RFC 6050, RFC 6809, RFC 7044, RFC 7315, RFC 7316, RFC 8496, TS 24.229 §7.2.
    public static let assertions: [HeaderName] = [
        .pAssertedIdentity, .pServedUser, .pAssertedService, .pChargingVector, .pChargingFunctionAddresses,
        .pAccessNetworkInfo, .pVisitedNetworkID, .pAssociatedURI, .pCalledPartyID, .historyInfo, .resourcePriority,
        .pEarlyMedia, "P-Charge-Info", "P-Private-Network-Indication", "P-Profile-Key", "P-User-Database",
        "Feature-Caps", "Additional-Identity", "Attestation-Info", "Cellular-Network-Info", "Origination-Id",
        "Priority-Share", "Priority-Verstat", "Relayed-Charge", "Response-Source", "Restoration-Info",
        "Service-Interact-Info",
    ]

    /// Hints for the first member of the domain that a request meets, which go no further (RFC 3325 §9.2, RFC 6050 §4.2).
    private static let preferences: [HeaderName] = [.pPreferredIdentity, .pPreferredService]

    private static let diversion: HeaderName = "Diversion"

    /// Removes what a sender outside of the domain asserts.
    public static func removeAssertions(from headers: inout SIPHeaders) {
        for name in assertions { headers.removeAll(name) }
        for name in preferences { headers.removeAll(name) }
    }

    /// Removes what a receiver outside of the domain must not see.
    ///
    /// P-Asserted-Identity and History-Info are shown unless the user asked for privacy: `id` (RFC 3325 §7), `history` (RFC
    /// 7044 §10.1.2); `header` and `user` hide the identity, `header` and `session` the history (RFC 3323 §5). Diversion is
    /// kept back with History-Info. An entry of History-Info that asks for privacy itself loses its target. Privacy stays:
    /// who comes behind the edge has to know (TS 24.229 §4.4.2).
    public static func removeOnExit(from headers: inout SIPHeaders) {
        let hidesIdentity = headers.asksForPrivacy("id", "user", "header")
        let hidesHistory = headers.asksForPrivacy("history", "header", "session")
        for name in assertions {
            switch name {
            case .pAssertedIdentity where !hidesIdentity: continue
            case .historyInfo where !hidesHistory: hideEntries(of: &headers)
            default: headers.removeAll(name)
            }
        }
        if hidesHistory { headers.removeAll(diversion) }
    }

    /// Hides the targets of entries with a Privacy of their own (RFC 7044 §10.1.2). What does not parse is left out.
    private static func hideEntries(of headers: inout SIPHeaders) {
        guard headers.contains(.historyInfo) else { return }
        let values = headers.splitValues(.historyInfo)
        let shown = values.compactMap(shownEntry)
        guard shown != values else { return }
        if shown.isEmpty {
            headers.removeAll(.historyInfo)
        } else {
            headers.set(.historyInfo, shown.joined(separator: ", "))
        }
    }

    private static func shownEntry(_ value: String) -> String? {
        guard var entry = try? HistoryInfoEntry(parsing: value, field: .historyInfo) else { return nil }
        do throws(SIPParseError) {
            guard let privacy = try entry.privacy(), !privacy.contains("none") else { return value }
        } catch {
            // Privacy was asked for, whichever it is.
        }
        var nobody = SIPURI(scheme: .sip, host: "anonymous.invalid")
        nobody.user = "anonymous"
        entry.address.displayName = nil
        entry.address.uri = nobody
        return entry.description
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
