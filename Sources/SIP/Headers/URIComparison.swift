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
                && Self.isSameHost(host, other.host) && port == other.port
                && hasEquivalentParameters(as: other) && hasEquivalentHeaders(as: other)
        case .tel:
            guard let number = telephoneNumber, let otherNumber = other.telephoneNumber else {
                // Neither a global number nor a local one with its context: nobody knows what its characters mean.
                return description.equalsIgnoringCase(other.description)
            }
            return number.digits == otherNumber.digits && number.context == otherNumber.context
                && number.extensionDigits == otherNumber.extensionDigits && hasEqualNumberParameters(as: other)
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
        return firstParameters.allSatisfy { parameter in
            guard other.parameters.contains(parameter.name) else { return true }
            let left = parameters[parameter.name].map(Self.resolved) ?? ""
            let right = other.parameters[parameter.name].map(Self.resolved) ?? ""
            return left.equalsIgnoringCase(right)
        }
    }

    /// Of several with one name the first counts. The others are not compared: each could be as long as a header field.
    private var firstParameters: [ParameterList.Parameter] {
        var names: Set<String> = []
        return parameters.parameters.filter { names.insert($0.name.lowercasedASCII).inserted }
    }

    /// A parameter of a number that only one of two has makes them two, whatever it is (RFC 3966 §4).
    private func hasEqualNumberParameters(as other: SIPURI) -> Bool {
        other.firstParameters.allSatisfy { parameters.contains($0.name) }
            && firstParameters.allSatisfy { parameter in
                guard other.parameters.contains(parameter.name) else { return false }
                // These two have a spelling of their own.
                if ["ext", "phone-context"].contains(where: parameter.name.equalsIgnoringCase) { return true }
                let value = other.parameters[parameter.name].map(Self.resolved) ?? ""
                return (parameters[parameter.name].map(Self.resolved) ?? "").equalsIgnoringCase(value)
            }
    }

    /// IPv6 addresses are the same by their octets (RFC 5954 §4.1).
    private static func isSameHost(_ left: String, _ right: String) -> Bool {
        if left.equalsIgnoringCase(right) { return true }
        guard left.utf8.contains(.colon), let left = groups(ofIPv6: left) else { return false }
        return left == groups(ofIPv6: right)
    }

    /// The eight groups of an IPv6 address (RFC 4291 §2.2); `nil` if it is none.
    private static func groups(ofIPv6 text: String) -> [UInt16]? {
        let octets = Array(text.utf8)
        guard octets.count <= 45 else { return nil }
        let gap = octets.indices.dropLast().first { octets[$0] == .colon && octets[$0 + 1] == .colon }
        guard let gap else { return groups(octets[...]).flatMap { $0.count == 8 ? $0 : nil } }
        guard let before = groups(octets[..<gap], mayEndInIPv4: false), let after = groups(octets[(gap + 2)...]),
            before.count + after.count < 8
        else { return nil }
        return before + repeatElement(0, count: 8 - before.count - after.count) + after
    }

    /// Groups with a colon between each two, the last two of the address perhaps as an IPv4 address.
    private static func groups(_ octets: ArraySlice<UInt8>, mayEndInIPv4: Bool = true) -> [UInt16]? {
        guard !octets.isEmpty else { return [] }
        var groups: [UInt16] = []
        for part in octets.split(separator: .colon, omittingEmptySubsequences: false) {
            if part.contains(.period) {
                let numbers = part.split(separator: .period, omittingEmptySubsequences: false).compactMap {
                    UInt8(String(decoding: $0, as: UTF8.self))
                }
                guard mayEndInIPv4, numbers.count == 4, part.endIndex == octets.endIndex else { return nil }
                groups.append(UInt16(numbers[0]) << 8 | UInt16(numbers[1]))
                groups.append(UInt16(numbers[2]) << 8 | UInt16(numbers[3]))
            } else {
                guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit),
                    let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
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
