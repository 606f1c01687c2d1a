/// The transport of an RTP stream, out of the `m=` line.
public enum RTPProfile: String, Sendable, Hashable, CaseIterable {
    case avp = "RTP/AVP"
    /// With feedback (RFC 4585).
    case avpf = "RTP/AVPF"
    /// SRTP with keys in the description (RFC 3711, RFC 4568).
    case savp = "RTP/SAVP"
    case savpf = "RTP/SAVPF"
    /// SRTP with keys from DTLS on the media path (RFC 5764 §8).
    case dtlsSAVP = "UDP/TLS/RTP/SAVP"
    case dtlsSAVPF = "UDP/TLS/RTP/SAVPF"

    public init?(_ transportProtocol: String) {
        guard let profile = Self.allCases.first(where: { transportProtocol.equalsIgnoringCase($0.rawValue) }) else {
            return nil
        }
        self = profile
    }

    /// How the keys of the stream are agreed on; `nil` if it is not encrypted.
    public var keyAgreement: KeyAgreement? {
        switch self {
        case .avp, .avpf: nil
        case .savp, .savpf: .descriptions
        case .dtlsSAVP, .dtlsSAVPF: .dtls
        }
    }
}

/// How the keys of SRTP are agreed on.
public enum KeyAgreement: String, Sendable, Hashable, CaseIterable {
    /// They are written into the session descriptions (RFC 4568).
    case descriptions = "sdes"
    /// By a handshake on the media path, whose certificates the descriptions name (RFC 5763).
    case dtls = "dtls"
}
