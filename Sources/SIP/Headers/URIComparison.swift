extension SIPURI {
    /// Whether both name the same resource by the rules of RFC 3261 §19.1.4 (`sip`, `sips`) and RFC 3966 §4 (`tel`).
    ///
    /// Not transitive, because a parameter that only one of two URIs has is passed over. URIs of other schemes are
    /// equivalent when they are equal octet for octet.
    public func isEquivalent(to other: SIPURI) -> Bool {
        guard scheme == other.scheme else { return false }
        switch scheme {
        case .sip, .sips:
            return user.map(Self.resolved) == other.user.map(Self.resolved)
                && password.map(Self.resolved) == other.password.map(Self.resolved)
                && host.equalsIgnoringCase(other.host) && port == other.port
                && hasEquivalentParameters(as: other) && hasEquivalentHeaders(as: other)
        case .tel:
            return telephoneNumber == other.telephoneNumber
        case .other:
            return self == other
        }
    }

    /// These may not stand in one of two equivalent URIs only, even with their default value.
    private static let significant = ["user", "ttl", "method", "maddr", "transport"]

    private func hasEquivalentParameters(as other: SIPURI) -> Bool {
        for name in Self.significant where parameters.contains(name) != other.parameters.contains(name) {
            return false
        }
        return parameters.parameters.allSatisfy { parameter in
            guard other.parameters.contains(parameter.name) else { return true }
            // Of several with one name the first counts, on both sides.
            let left = parameters[parameter.name].map(Self.resolved) ?? ""
            let right = other.parameters[parameter.name].map(Self.resolved) ?? ""
            return left.equalsIgnoringCase(right)
        }
    }

    /// Header fields count always, in any order.
    private func hasEquivalentHeaders(as other: SIPURI) -> Bool {
        func canonical(_ uri: SIPURI) -> [String] {
            uri.headerFields.map { HeaderName($0.name).rawValue.lowercasedASCII + ":" + $0.value }.sorted()
        }
        return canonical(self) == canonical(other)
    }

    /// Escapes resolved, so that `%61` equals `a`; an octet that may not stand without its escape keeps it, so that
    /// `%40` does not equal `@`.
    private static func resolved(_ text: String) -> String {
        var octets: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == .percent, let high = rest.first?.hexValue, let low = rest.dropFirst().first?.hexValue else {
                octets.append(byte)
                continue
            }
            let value = high << 4 | low
            rest = rest.dropFirst(2)
            if value.isDigit || value.isLetter || "-_.!~*'()".utf8.contains(value) {
                octets.append(value)
            } else {
                octets.append(.percent)
                octets.append(contentsOf: (value < 0x10 ? "0" : "").utf8)
                octets.append(contentsOf: String(value, radix: 16, uppercase: true).utf8)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
