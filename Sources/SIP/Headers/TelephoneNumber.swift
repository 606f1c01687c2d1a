/// The number of a `tel` URI, or of a `sip` URI with `user=phone` (RFC 3966 §3, RFC 3261 §19.1.6).
///
/// Two are equal by the rules of RFC 3966 §4: visual separators do not count, letters compare without case.
public struct TelephoneNumber: Sendable, Hashable {
    /// Without visual separators, letters in upper case. A global number begins with `+`.
    public let digits: String
    /// Where a local number is valid: a domain name or the prefix of global numbers, canonical as ``digits`` is.
    public let context: String?
    /// `ext`, without visual separators.
    public let extensionDigits: String?
    /// `isub`.
    public let subaddress: String?

    public var isGlobal: Bool { digits.utf8.first == 0x2B }

    /// - Returns: `nil` when `number` is neither a global number nor a local one with a context.
    public init?(number: String, parameters: ParameterList) {
        let digits = Self.withoutSeparators(number)
        let isGlobal = digits.utf8.first == 0x2B
        let rest = isGlobal ? digits.utf8.dropFirst() : digits.utf8[...]
        guard !rest.isEmpty,
            rest.allSatisfy({ $0.isDigit || !isGlobal && ($0.isHexDigit || $0 == 0x2A || $0 == 0x23) })
        else { return nil }
        self.digits = digits
        context = isGlobal ? nil : parameters["phone-context"].map(Self.withoutSeparatorsIfNumber)
        guard isGlobal || context != nil else { return nil }
        extensionDigits = parameters["ext"].map(Self.withoutSeparators)
        subaddress = parameters["isub"]
    }

    /// The canonical `tel` URI.
    public var uri: String {
        var text = "tel:\(digits)"
        if let extensionDigits { text += ";ext=\(extensionDigits)" }
        if let subaddress { text += ";isub=\(subaddress)" }
        if let context { text += ";phone-context=\(context)" }
        return text
    }

    private static func withoutSeparators(_ text: String) -> String {
        let octets = text.utf8.filter { !"-.()".utf8.contains($0) }
        return String(decoding: octets.map { $0.lowercasedASCII &- 0x61 < 26 ? $0 & 0xDF : $0 }, as: UTF8.self)
    }

    private static func withoutSeparatorsIfNumber(_ text: String) -> String {
        text.utf8.first == 0x2B ? withoutSeparators(text) : text.lowercasedASCII
    }
}

extension SIPURI {
    /// The telephone number this URI names; `nil` when it names none.
    public var telephoneNumber: TelephoneNumber? {
        guard let user else { return nil }
        switch scheme {
        case .tel:
            return TelephoneNumber(number: user, parameters: parameters)
        case .sip, .sips:
            // The user part is a telephone-subscriber with its parameters (RFC 3261 §19.1.6).
            guard parameters["user"]?.equalsIgnoringCase("phone") == true,
                let number = try? SIPURI(parsing: "tel:" + user)
            else { return nil }
            return number.telephoneNumber
        case .other:
            return nil
        }
    }
}
