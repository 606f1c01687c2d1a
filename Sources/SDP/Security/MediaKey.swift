/// A master key with its salt for one direction of a stream.
///
/// Shows nothing of itself in descriptions and logs; it leaves only by ``CryptoAttribute`` and ``keyAndSalt``.
public struct MediaKey: Sendable, Hashable {
    public let suite: CryptoSuite
    /// Key and behind it salt, ``CryptoSuite/keyAndSaltLength`` octets.
    public let keyAndSalt: [UInt8]

    /// - Returns: `nil` if these are not as many octets as the suite wants.
    public init?(_ suite: CryptoSuite, keyAndSalt: [UInt8]) {
        guard keyAndSalt.count == suite.keyAndSaltLength else { return nil }
        self.suite = suite
        self.keyAndSalt = keyAndSalt
    }
}

extension MediaKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "key for \(suite.rawValue)" }
    public var customMirror: Mirror { Mirror(self, children: ["suite": suite]) }
}
