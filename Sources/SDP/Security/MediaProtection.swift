/// How an encrypted stream is protected, as offer and answer agreed.
public enum MediaProtection: Sendable, Hashable {
    /// SRTP with these keys.
    case keys(AgreedKeys)
    /// SRTP with keys from a handshake that is still to be done.
    case dtls(DTLSAgreement)
}

/// The keys of both directions, of one suite.
public struct AgreedKeys: Sendable, Hashable {
    /// For what we send.
    public var local: MediaKey
    /// For what the peer sends.
    public var remote: MediaKey
    /// As many packets of the peer may come; `nil` if it did not say.
    public var remoteLifetime: UInt64?

    public init(local: MediaKey, remote: MediaKey, remoteLifetime: UInt64? = nil) {
        self.local = local
        self.remote = remote
        self.remoteLifetime = remoteLifetime
    }
}

/// Who begins the handshake, and by which certificate the peer is known.
public struct DTLSAgreement: Sendable, Hashable {
    /// Ours.
    public var role: DTLSRole
    /// The peer's certificate has one of these; never empty.
    public var fingerprints: [CertificateFingerprint]
    /// Counts the handshakes of a dialog: with another number another one is due, whatever else is the same.
    public var handshake: Int

    public init(role: DTLSRole, fingerprints: [CertificateFingerprint], handshake: Int = 0) {
        self.role = role
        self.fingerprints = fingerprints
        self.handshake = handshake
    }
}
