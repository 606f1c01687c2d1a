import CCrypto

/// HMAC-SHA-256 (RFC 2104) and comparison in constant time.
package enum KeyedHash {
    /// - Returns: 32 octets; `nil` only when libcrypto refuses SHA-256.
    package static func sha256(_ bytes: [UInt8], key: [UInt8]) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: Int(SIDETONE_MAX_DIGEST))
        let written = sidetone_hmac(SIDETONE_SHA256, key, key.count, bytes, bytes.count, &output)
        return written > 0 ? Array(output.prefix(written)) : nil
    }

    /// The time it takes depends on the lengths alone.
    package static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && sidetone_equal(left, right, left.count) == 1
    }
}

extension Sequence<UInt8> {
    /// Two lower-case hexadecimal digits for each octet.
    package var hexadecimal: String {
        var digits: [UInt8] = []
        digits.reserveCapacity(underestimatedCount * 2)
        for byte in self {
            for nibble in [byte >> 4, byte & 0x0F] { digits.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble) }
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

extension String {
    /// The octets that an even number of hexadecimal digits stands for; `nil` for anything else.
    var hexadecimalOctets: [UInt8]? {
        let digits = Array(utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var octets: [UInt8] = []
        octets.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index].hexValue, let low = digits[index + 1].hexValue else { return nil }
            octets.append(high << 4 | low)
        }
        return octets
    }
}
