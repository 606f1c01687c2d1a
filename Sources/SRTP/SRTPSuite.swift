/// How the packets of a session are encrypted and authenticated.
///
/// Source: RFC 3711 §8.2 and RFC 4568 §6.2 for the first two, RFC 7714 §12 for the others.
public enum SRTPSuite: Sendable, Hashable, CaseIterable {
    case aesCM128HMACSHA1Tag80
    /// The short tag is that of RTP; RTCP has one of 80 bits (RFC 4568 §6.2.2).
    case aesCM128HMACSHA1Tag32
    case aeadAES128GCM
    case aeadAES256GCM

    /// Octets of a master key, and of the session keys for encryption.
    public var keyLength: Int { self == .aeadAES256GCM ? 32 : 16 }

    /// Octets of a master salt, and of the session salts.
    public var saltLength: Int { isGCM ? 12 : 14 }

    var isGCM: Bool { self == .aeadAES128GCM || self == .aeadAES256GCM }

    /// Octets of the tag of an RTP packet.
    public var rtpTagLength: Int {
        switch self {
        case .aesCM128HMACSHA1Tag80: 10
        case .aesCM128HMACSHA1Tag32: 4
        case .aeadAES128GCM, .aeadAES256GCM: 16
        }
    }

    /// Octets of the tag of an RTCP packet.
    public var rtcpTagLength: Int { isGCM ? 16 : 10 }
}
