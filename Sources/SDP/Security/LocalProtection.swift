/// Whether media is encrypted.
public enum ProtectionPolicy: String, Sendable, Hashable, CaseIterable {
    /// Never; offers of encrypted media are refused.
    case off
    /// When the peer offers it. Our own offers are plain.
    case accept
    /// When the peer offers it, and in our own offers.
    case offer
    /// Always; plain media is refused.
    case require

    /// Whether our own offers are encrypted.
    public var offersProtection: Bool { self == .offer || self == .require }
}

/// What we can do to protect one call's media.
public struct LocalProtection: Sendable, Hashable {
    public var policy: ProtectionPolicy
    /// The ways to agree on keys, the preferred one first.
    public var agreements: [KeyAgreement]
    /// A key of ours for each suite, the preferred one first; each is for one stream and never used for another.
    public var keys: [MediaKey]
    /// Of our certificate; `nil`: no DTLS.
    public var fingerprint: CertificateFingerprint?
    /// Ours in the handshake that this dialog has had; a new offer or answer keeps it (RFC 8842 §5).
    public var role: DTLSRole?
    /// Which handshake of the dialog is in force, or the next one.
    public var handshake: Int
    /// Of the session that is going on: further offers of ours keep it. `nil`: as the policy says.
    public var profile: RTPProfile?

    public init(
        policy: ProtectionPolicy = .off,
        agreements: [KeyAgreement] = KeyAgreement.allCases,
        keys: [MediaKey] = [],
        fingerprint: CertificateFingerprint? = nil,
        role: DTLSRole? = nil,
        handshake: Int = 0,
        profile: RTPProfile? = nil
    ) {
        self.policy = policy
        self.agreements = agreements
        self.keys = keys
        self.fingerprint = fingerprint
        self.role = role
        self.handshake = handshake
        self.profile = profile
    }

    /// Whether our next offer holds keys.
    public var offersKeys: Bool {
        if let profile { return profile.keyAgreement == .descriptions }
        return policy.offersProtection && agreements.contains(.descriptions)
    }

    /// The profile of our own offers.
    var offeredProfile: RTPProfile {
        if let profile { return profile }
        guard policy.offersProtection else { return .avp }
        for agreement in agreements {
            switch agreement {
            case .descriptions where !keys.isEmpty: return .savp
            case .dtls where fingerprint != nil: return .dtlsSAVP
            case .descriptions, .dtls: continue
            }
        }
        // Without a key there is no encryption, and an offer that nobody can take up is better than a plain one.
        return policy == .require ? .savp : .avp
    }

    /// Adds what an offer of ours says of keys.
    func describe(_ profile: RTPProfile, in description: inout MediaDescription) {
        switch profile.keyAgreement {
        case nil: break
        case .descriptions?:
            for (index, key) in keys.enumerated() {
                let line = CryptoAttribute(tag: UInt32(truncatingIfNeeded: index + 1), key: key)
                description.appendAttribute("crypto", line.value)
            }
        case .dtls?:
            if let fingerprint { description.appendAttribute("fingerprint", fingerprint.value) }
            description.appendAttribute("setup", MediaDescription.Setup.actpass.rawValue)
        }
    }
}
