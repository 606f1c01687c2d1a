extension SIPURI {
    /// Whether both name the same resource by the rules of RFC 3261 §19.1.4 (`sip`, `sips`) and RFC 3966 §4 (`tel`).
    ///
    /// Not transitive, because a parameter that only one of two URIs has is passed over. URIs of other schemes are
    /// equivalent when they are written alike, octet for octet.
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
            return description == other.description
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
    /// `%40` does not equal `@`, and an octet beyond ASCII gets one.
    private static func resolved(_ text: String) -> String {
        var octets: [UInt8] = []
        Substring(text).utf8.forEachOctet { octet, isEscaped in
            let isPlain = octet.isDigit || octet.isLetter || "-_.!~*'()".utf8.contains(octet)
            if !isPlain, isEscaped || octet > 0x7F { octets.append(escaped: octet) } else { octets.append(octet) }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
