/// One line `a=crypto`: a key for what its writer sends (RFC 4568 §4, grammar in §9.1).
public struct CryptoAttribute: Sendable, Hashable {
    /// At most nine digits; an answer repeats that of the offer.
    public var tag: UInt32
    public var key: MediaKey
    /// As many packets are protected with the key; `nil` if the line does not say.
    public var lifetime: UInt64?

    /// What one SRTP key may protect at most, 2^48 packets (RFC 3711 §9.2).
    private static let longestLifetime: UInt64 = 1 << 48

    public init(tag: UInt32, key: MediaKey, lifetime: UInt64? = nil) {
        self.tag = tag
        self.key = key
        self.lifetime = lifetime
    }

    /// - Parameter value: `<tag> <suite> <key parameters> [<session parameters>]`.
    init(parsing value: ArraySlice<UInt8>) throws(CryptoRefusal) {
        let fields = value.fields()
        guard fields.count >= 3, fields[0].count <= 9, let tag = fields[0].number(UInt32.self) else {
            throw .malformed
        }
        guard let suite = CryptoSuite.allCases.first(where: { fields[1].equalsIgnoringCase($0.rawValue) }) else {
            throw .unknownSuite
        }
        self.tag = tag
        (key, lifetime) = try Self.key(of: fields[2], suite)
        for parameter in fields.dropFirst(3) {
            guard Self.mayBeIgnored(parameter) else { throw .sessionParameter }
        }
    }

    /// `inline:<key and salt>[|<lifetime>][|<identifier>:<length>]`.
    private static func key(
        of parameters: ArraySlice<UInt8>,
        _ suite: CryptoSuite
    ) throws(CryptoRefusal) -> (MediaKey, UInt64?) {
        guard !parameters.contains(.semicolon) else { throw .masterKeyIdentifier }
        guard let colon = parameters.firstIndex(of: .colon), parameters[..<colon].equalsIgnoringCase("inline") else {
            throw .malformed
        }
        let parts = parameters[(colon + 1)...].split(
            separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
        guard let octets = Base64.decode(parts[0]) else { throw .malformed }
        guard let key = MediaKey(suite, keyAndSalt: octets) else { throw .keyLength }
        guard parts.count > 1 else { return (key, nil) }
        // A colon is what tells an identifier from a lifetime.
        guard parts.count == 2, !parts[1].contains(.colon) else { throw .masterKeyIdentifier }
        return (key, try lifetime(parts[1]))
    }

    /// A number of packets, or `2^` and an exponent.
    private static func lifetime(_ text: ArraySlice<UInt8>) throws(CryptoRefusal) -> UInt64 {
        let isPower = text.hasPrefix("2^")
        guard let number = text.dropFirst(isPower ? 2 : 0).number(UInt64.self) else { throw .malformed }
        guard !isPower || number <= 48 else { throw .lifetime }
        let lifetime = isPower ? 1 << number : number
        guard (1...longestLifetime).contains(lifetime) else { throw .lifetime }
        return lifetime
    }

    /// A window size is advice for the receiver, and what begins with a hyphen may be passed over (RFC 4568 §6.3.6,
    /// §6.3.7). Anything else changes what the packets are.
    private static func mayBeIgnored(_ parameter: ArraySlice<UInt8>) -> Bool {
        if parameter.hasPrefix("-") { return true }
        let pair = parameter.split(separator: .equals, maxSplits: 1, omittingEmptySubsequences: false)
        return pair.count == 2 && pair[0].equalsIgnoringCase("WSH")
            && pair[1].number(UInt16.self).map { $0 >= 64 } == true
    }

    /// The value of the attribute.
    public var value: String {
        let suffix = lifetime.map { "|\($0)" } ?? ""
        return "\(tag) \(key.suite.rawValue) inline:\(Base64.encode(key.keyAndSalt))\(suffix)"
    }
}

extension MediaDescription {
    /// The lines `a=crypto`, in order of preference, each read or refused.
    var cryptoAttributes: [Result<CryptoAttribute, CryptoRefusal>] {
        let octets = lines.octets
        let name = "crypto".utf8.span
        return lines.places.compactMap { place in
            place.attributeValue(name, octets.span).map { value in
                Result { () throws(CryptoRefusal) in try CryptoAttribute(parsing: octets[value]) }
            }
        }
    }
}
