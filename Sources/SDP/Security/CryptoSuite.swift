/// A crypto suite of `a=crypto`: how SRTP encrypts and authenticates (RFC 4568 §6.2, RFC 7714 §14.1).
public enum CryptoSuite: String, Sendable, Hashable, CaseIterable {
    case aeadAES128GCM = "AEAD_AES_128_GCM"
    case aeadAES256GCM = "AEAD_AES_256_GCM"
    case aesCM128HMACSHA1Tag80 = "AES_CM_128_HMAC_SHA1_80"
    case aesCM128HMACSHA1Tag32 = "AES_CM_128_HMAC_SHA1_32"

    /// Octets of master key and master salt together.
    public var keyAndSaltLength: Int {
        switch self {
        case .aeadAES128GCM: 28
        case .aeadAES256GCM: 44
        case .aesCM128HMACSHA1Tag80, .aesCM128HMACSHA1Tag32: 30
        }
    }
}
