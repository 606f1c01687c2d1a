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
        String(decoding: [UInt8](resolvingEscapes: text), as: UTF8.self)
    }

    private static func escapedHeader(_ text: String) -> String {
        var octets: [UInt8] = []
        for byte in text.utf8 {
            if byte.isDigit || byte.isLetter || "-_.!~*'()[]/?:+$".utf8.contains(byte) {
                octets.append(byte)
            } else {
                octets.append(escaped: byte)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
