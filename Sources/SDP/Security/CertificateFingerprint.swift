/// A hash over a certificate: `a=fingerprint` (RFC 8122 §5). SHA-256 is the only one used; others are passed over.
public struct CertificateFingerprint: Sendable, Hashable {
    /// 32.
    public static let length = 32
    /// SHA-256 over the DER form of the certificate.
    public let octets: [UInt8]

    /// - Returns: `nil` if these are not ``length`` octets.
    public init?(octets: [UInt8]) {
        guard octets.count == Self.length else { return nil }
        self.octets = octets
    }

    /// - Parameter value: `sha-256` and pairs of hexadecimal digits with colons between.
    init?(parsing value: ArraySlice<UInt8>) {
        let fields = value.fields(atMost: 2)
        guard fields.count == 2, fields[0].equalsIgnoringCase("sha-256") else { return nil }
        let pairs = fields[1].split(separator: .colon, omittingEmptySubsequences: false)
        let octets = pairs.compactMap { pair -> UInt8? in
            guard pair.count == 2, let high = pair.first?.hexadecimalValue, let low = pair.last?.hexadecimalValue
            else { return nil }
            return high << 4 | low
        }
        guard octets.count == pairs.count else { return nil }
        self.init(octets: octets)
    }

    /// The value of the attribute.
    public var value: String {
        let digits = Array("0123456789ABCDEF")
        return "sha-256 " + octets.map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 0x0F)])" }.joined(separator: ":")
    }
}

extension SDPLineList {
    /// The hashes by SHA-256 of `a=fingerprint`.
    var fingerprints: [CertificateFingerprint] {
        attributes("fingerprint").compactMap { CertificateFingerprint(parsing: ArraySlice($0.utf8)) }
    }
}

extension MediaDescription {
    /// The certificates that the peer may show: those of the stream, or else of the session (RFC 8122 §5).
    func fingerprints(in session: SessionDescription) -> [CertificateFingerprint] {
        lines.hasAttribute("fingerprint") ? lines.fingerprints : session.lines.fingerprints
    }
}
