/// Why a packet cannot be protected, or must be dropped.
public enum SRTPError: Error, Sendable, Hashable {
    /// Shorter than its header says, or too short for what protects it.
    case truncated
    /// Not version 2.
    case version
    /// The tag is not that of this packet under this key.
    case unauthentic
    /// Taken before, or older than the window.
    case replayed
    /// An RTCP packet whose E bit says that it is not encrypted, which was not agreed (RFC 3711 §3.4).
    case unencrypted
    /// More sources under one key than ``SourceTable/limit``.
    case tooManySources
    /// As many packets as one key may protect (RFC 3711 §9.2), or as the peer said that it will.
    case keyExhausted
    /// A sequence number that does not follow those before: its key stream was used already.
    case sequenceNumber
    /// libcrypto refuses.
    case cryptography
}
