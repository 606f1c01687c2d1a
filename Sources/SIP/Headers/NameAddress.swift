/// The value of From, To, Contact, Route, Record-Route, P-Asserted-Identity and their kin: a URI, perhaps with a
/// display name, and header parameters.
///
/// Source: RFC 3261 §20.10 (a URI without angle brackets gives its parameters to the header), §25.1 `name-addr`.
public struct NameAddress: HeaderValue {
    /// Without quotes and escapes; `nil` if absent or empty.
    public var displayName: String?
    public var uri: SIPURI
    /// The URI's own octets, for comparison and copying where it must not change.
    public private(set) var uriText: String
    public var parameters: ParameterList

    public init(displayName: String? = nil, uri: SIPURI, parameters: ParameterList = ParameterList()) {
        self.displayName = displayName
        self.uri = uri
        uriText = uri.description
        self.parameters = parameters
    }

    /// The `tag` of From and To.
    public var tag: String? {
        get { parameters["tag"] }
        set { parameters["tag"] = newValue }
    }

    public init(parsing text: String, field: HeaderName? = nil) throws(SIPParseError) {
        self = try text.withSpan { bytes throws(SIPParseError) in try NameAddress(parsing: bytes, field: field) }
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, field: Optional(field))
    }

    package init(parsing bytes: Span<UInt8>, field: HeaderName?) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        scanner.skipWhitespace(bytes)
        if scanner.peek(bytes) == .doubleQuote {
            let name = try scanner.quotedString(bytes)
            displayName = name.isEmpty ? nil : name
            scanner.skipWhitespace(bytes)
            guard scanner.peek(bytes) == .lessThan else { throw scanner.fail(.expected(.lessThan), bytes) }
        } else {
            let start = scanner.offset
            let before = scanner.run(until: .lessThan, bytes)
            if scanner.isAtEnd(bytes) {
                // addr-spec: ends at the first semicolon, which starts header parameters.
                scanner = FieldScanner(field: field, offset: start)
                let range = scanner.run(until: { $0 == .semicolon || $0.isLinearWhitespace }, bytes)
                uri = try SIPURI(parsing: bytes.extracting(range), field: field)
                uriText = bytes.string(range)
                parameters = try ParameterList(scanning: &scanner, bytes)
                try scanner.end(bytes)
                return
            }
            var end = before.upperBound
            while end > start, bytes[end - 1].isLinearWhitespace { end -= 1 }
            for index in start..<end where !(bytes[index].isTokenCharacter || bytes[index].isLinearWhitespace) {
                throw SIPParseError(.illegalCharacter, field: field, offset: index, in: bytes)
            }
            displayName = end > start ? bytes.string(start..<end) : nil
        }
        scanner.skip()
        let range = scanner.run(until: .greaterThan, bytes)
        guard !scanner.isAtEnd(bytes) else { throw scanner.fail(.expected(.greaterThan), bytes) }
        uri = try SIPURI(parsing: bytes.extracting(range), field: field)
        uriText = bytes.string(range)
        scanner.skip()
        parameters = try ParameterList(scanning: &scanner, bytes)
        try scanner.end(bytes)
    }
}

extension NameAddress {
    /// Always with angle brackets, so that URI and header parameters stay apart.
    public var description: String {
        var text = displayName.map { $0.quoted + " " } ?? ""
        text += "<\(uri)>"
        parameters.write(into: &text)
        return text
    }
}

extension SIPHeaders {
    /// Every value of a header field whose values are addresses, comma-separated ones split.
    public func addresses(_ name: HeaderName) throws(SIPParseError) -> [NameAddress] {
        try values(of: name)
    }

    /// The first value of such a field.
    public func address(_ name: HeaderName) throws(SIPParseError) -> NameAddress {
        guard let value = firstValue(name) else { throw SIPParseError(.missing, field: name) }
        return try NameAddress(parsing: value, field: name)
    }

    /// The values of a field in order, split at top-level commas and unfolded, octets otherwise untouched.
    public func splitValues(_ name: HeaderName) -> [String] {
        var values: [String] = []
        withValues(of: name) { bytes in
            let isFolded = bytes.contains(.carriageReturn)
            for range in topLevelValues(bytes) {
                values.append(isFolded ? bytes.unfolded(range) : bytes.string(range))
            }
            return true
        }
        return values
    }

    /// The first of those values.
    package func firstValue(_ name: HeaderName) -> String? {
        var first: String?
        withValues(of: name) { bytes in
            guard let range = firstTopLevelValue(bytes) else { return true }
            first = bytes.contains(.carriageReturn) ? bytes.unfolded(range) : bytes.string(range)
            return false
        }
        return first
    }

    /// Whether a list of tokens (Supported, Require, Allow) holds `token`.
    public func lists(_ token: String, in name: HeaderName) -> Bool {
        splitValues(name).contains { $0.equalsIgnoringCase(token) }
    }
}
