/// The secret that the session keys of one direction come from.
///
/// Shows nothing of itself in descriptions and logs.
public struct SRTPMasterKey: Sendable, Hashable {
    public let suite: SRTPSuite
    let key: [UInt8]
    let salt: [UInt8]

    /// - Parameter keyAndSalt: The master key and behind it the master salt, as RFC 4568 §6.1 has them.
    /// - Returns: `nil` if these are not as many octets as the suite has.
    public init?(_ suite: SRTPSuite, keyAndSalt: [UInt8]) {
        guard keyAndSalt.count == suite.keyLength + suite.saltLength else { return nil }
        self.suite = suite
        key = Array(keyAndSalt.prefix(suite.keyLength))
        salt = Array(keyAndSalt.dropFirst(suite.keyLength))
    }
}

extension SRTPMasterKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "master key of \(suite)" }
    public var customMirror: Mirror { Mirror(self, children: ["suite": suite]) }
}
