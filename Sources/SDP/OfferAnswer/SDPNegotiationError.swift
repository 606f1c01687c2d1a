/// Why an offer cannot be answered, or an answer not be used.
public enum SDPNegotiationError: Error, Sendable, Hashable {
    /// No audio stream was offered, or every one was refused.
    case noAudio
    /// No codec of the offer is one of ours.
    case noCommonCodec
    /// No codec of the offer is one of ours, and this was wrong with one that is known.
    case formatRefused(FormatRefusal)
    /// The transport of the stream is not RTP, or encrypted in a way that we do not do: such media is never answered,
    /// nor taken up, unencrypted.
    case unsupportedTransport(String)
    /// The stream is not encrypted, and our policy wants that.
    case unprotectedMedia
    /// No line `a=crypto` can be taken, and this was wrong with the first one that came nearest.
    case cryptoRefused(CryptoRefusal)
    /// DTLS without a fingerprint by SHA-256 (RFC 8122 §5).
    case missingFingerprint
    /// DTLS with a role that leaves none for us (RFC 5763 §5).
    case dtlsRole
    /// Media cannot go to this address.
    case unacceptableAddress(String, MediaAddressPolicy.Refusal)
    /// There is no `c=` line for the stream (RFC 8866 §5.7).
    case missingConnection
    /// The answer has another number of streams, or other kinds, than the offer (RFC 3264 §6).
    case answerDoesNotMatchOffer

    /// The SIP status to answer with when this was found in an offer; for an answer, why the session ends.
    public var sipStatus: Int {
        switch self {
        case .missingConnection, .answerDoesNotMatchOffer: 400
        case .noAudio, .noCommonCodec, .formatRefused, .unsupportedTransport, .unacceptableAddress, .unprotectedMedia,
            .cryptoRefused, .missingFingerprint, .dtlsRole:
            488
        }
    }

    /// The code of a `Warning` header that goes with the status (RFC 3261 §20.43).
    public var warningCode: Int {
        switch self {
        case .noAudio: 304
        case .noCommonCodec, .formatRefused: 305
        case .unsupportedTransport, .unprotectedMedia: 302
        case .cryptoRefused, .missingFingerprint, .dtlsRole: 306
        case .unacceptableAddress: 301
        case .missingConnection, .answerDoesNotMatchOffer: 399
        }
    }
}

extension SDPNegotiationError: CustomStringConvertible {
    /// Says nothing the peer chose, so that it can go into a `Warning` header or a log.
    public var description: String {
        switch self {
        case .noAudio: "no audio stream"
        case .noCommonCodec: "no common codec"
        case .formatRefused(let refusal): refusal.text
        case .unsupportedTransport: "media transport not supported"
        case .unprotectedMedia: "media must be encrypted"
        case .cryptoRefused(let refusal): refusal.text
        case .missingFingerprint: "no certificate fingerprint by SHA-256"
        case .dtlsRole: "no role is left in the DTLS handshake"
        case .unacceptableAddress(_, let refusal): "media address refused: \(refusal)"
        case .missingConnection: "no connection data"
        case .answerDoesNotMatchOffer: "answer does not match offer"
        }
    }
}
