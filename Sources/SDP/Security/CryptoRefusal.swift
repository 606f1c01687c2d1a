/// Why a line `a=crypto` is not taken.
public enum CryptoRefusal: Error, Sendable, Hashable, CaseIterable {
    /// Not as RFC 4568 §9.1 writes it.
    case malformed
    case unknownSuite
    /// Key and salt are not as long as the suite wants.
    case keyLength
    /// A master key identifier, or several keys, which need one.
    case masterKeyIdentifier
    /// A lifetime of no packets, or of more than the suite allows (RFC 3711 §9.2).
    case lifetime
    /// A session parameter that we do not have: no encryption, no authentication, key derivation rate, FEC and what
    /// else may come.
    case sessionParameter
    /// An answer with a tag or suite that was not offered.
    case notOffered
    /// A stream that has to be encrypted, without any such line.
    case missing

    /// Says nothing the peer chose.
    var text: String {
        switch self {
        case .malformed: "malformed crypto attribute"
        case .unknownSuite: "no common crypto suite"
        case .keyLength: "crypto key of the wrong length"
        case .masterKeyIdentifier: "master key identifiers are not supported"
        case .lifetime: "crypto key lifetime out of range"
        case .sessionParameter: "crypto session parameter not supported"
        case .notOffered: "crypto attribute was not offered"
        case .missing: "no crypto attribute"
        }
    }
}
