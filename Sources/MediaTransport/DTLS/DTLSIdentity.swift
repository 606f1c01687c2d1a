import CDTLS
import SDP

/// The key and self-signed certificate that this process shows in handshakes; made when it starts, and never stored.
// Sendable: what it points to does not change, and libssl locks what associations share.
final class DTLSIdentity: @unchecked Sendable {
    let pointer: OpaquePointer
    let fingerprint: CertificateFingerprint

    /// - Returns: `nil` if libssl refuses.
    init?() {
        guard let pointer = sidetone_dtls_identity_make() else { return nil }
        self.pointer = pointer
        var octets = [UInt8](repeating: 0, count: CertificateFingerprint.length)
        sidetone_dtls_identity_fingerprint(pointer, &octets)
        guard let fingerprint = CertificateFingerprint(octets: octets) else { return nil }
        self.fingerprint = fingerprint
    }

    deinit {
        sidetone_dtls_identity_free(pointer)
    }
}
