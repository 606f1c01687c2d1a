extension SIPURI {
    /// The header fields that a request made from this URI carries: what follows `?`, split at `&`, with escapes
    /// resolved (RFC 3261 §19.1.1). Empty for schemes that have none.
    public var headerFields: [(name: String, value: String)] {
        guard scheme == .sip || scheme == .sips, let opaque else { return [] }
        return Substring(opaque).utf8.split(separator: .ampersand).map { field in
            let pair = field.split(separator: .equals, maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.unescaped(pair[0]), pair.count == 2 ? Self.unescaped(pair[1]) : "")
        }
    }

    /// Adds such a field, escaped as RFC 3261 §25.1 (`hname`, `hvalue`) wants it.
    public mutating func appendHeaderField(_ name: String, _ value: String) {
        let field = Self.escapedHeader(name) + "=" + Self.escapedHeader(value)
        opaque = opaque.map { $0 + "&" + field } ?? field
    }

    private static func unescaped(_ text: Substring.UTF8View) -> String {
        var octets: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == .percent, let high = rest.first?.hexValue, let low = rest.dropFirst().first?.hexValue {
                octets.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                octets.append(byte)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    private static func escapedHeader(_ text: String) -> String {
        var octets: [UInt8] = []
        for byte in text.utf8 {
            if byte.isDigit || byte.isLetter || "-_.!~*'()[]/?:+$".utf8.contains(byte) {
                octets.append(byte)
            } else {
                octets.append(.percent)
                octets.append(contentsOf: (byte < 0x10 ? "0" : "").utf8)
                octets.append(contentsOf: String(byte, radix: 16, uppercase: true).utf8)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
