import SDP

/// Whether calls are encrypted, and how the keys are agreed on.
public struct CallProtection: Sendable, Hashable {
    public var policy: ProtectionPolicy
    /// The preferred one first; offers of ours use that.
    public var agreements: [KeyAgreement]

    public init(policy: ProtectionPolicy = .accept, agreements: [KeyAgreement] = KeyAgreement.allCases) {
        self.policy = policy
        self.agreements = agreements
    }
}

extension MediaKey {
    /// A key that nobody can guess.
    static func random(_ suite: CryptoSuite) -> MediaKey? {
        var generator = SystemRandomNumberGenerator()
        var octets: [UInt8] = []
        while octets.count < suite.keyAndSaltLength {
            withUnsafeBytes(of: generator.next()) { octets.append(contentsOf: $0) }
        }
        return MediaKey(suite, keyAndSalt: Array(octets.prefix(suite.keyAndSaltLength)))
    }
}
