/// The `;name=value` parameters behind a header value or in a URI, in order. Names compare without case; a value
/// keeps the form it came in (quotes included), so that it leaves unchanged.
///
/// Source: RFC 3261 §25.1, `generic-param` and `uri-parameters`.
public struct ParameterList: Sendable, Hashable {
    public struct Parameter: Sendable, Hashable {
        public var name: String
        /// `nil` for a flag such as `lr`.
        public var value: String?

        public init(name: String, value: String?) {
            self.name = name
            self.value = value
        }
    }

    public private(set) var parameters: [Parameter] = []

    public init() {}

    public var isEmpty: Bool { parameters.isEmpty }

    /// The value of a parameter without surrounding quotes; `nil` when it is absent or a flag.
    public subscript(name: String) -> String? {
        get {
            guard let value = parameters.first(where: { $0.name.equalsIgnoringCase(name) })?.value else { return nil }
            guard value.utf8.count >= 2, value.utf8.first == .doubleQuote, value.utf8.last == .doubleQuote else {
                return value
            }
            return String(decoding: value.utf8.dropFirst().dropLast(), as: UTF8.self)
        }
        set {
            if let newValue {
                set(name, newValue)
            } else {
                parameters.removeAll { $0.name.equalsIgnoringCase(name) }
            }
        }
    }

    public func contains(_ name: String) -> Bool {
        parameters.contains { $0.name.equalsIgnoringCase(name) }
    }

    /// Replaces the parameter in its place, or adds it at the end; `value` `nil` makes it a flag.
    public mutating func set(_ name: String, _ value: String?) {
        if let index = parameters.firstIndex(where: { $0.name.equalsIgnoringCase(name) }) {
            parameters[index].value = value
        } else {
            parameters.append(Parameter(name: name, value: value))
        }
    }

    /// Sets the value of a parameter as a `quoted-string`.
    public mutating func setQuoted(_ name: String, _ text: String) {
        set(name, text.quoted)
    }

    /// The value of a parameter with its quotes removed and its escapes resolved.
    public func unquoted(_ name: String) -> String? {
        guard let value = parameters.first(where: { $0.name.equalsIgnoringCase(name) })?.value else { return nil }
        return value.withSpan { bytes in
            var scanner = FieldScanner(field: nil)
            return bytes.count > 0 && bytes[0] == .doubleQuote ? try? scanner.quotedString(bytes) : value
        }
    }

    /// Reads `*( SEMI generic-param )`.
    init(scanning scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        while scanner.takeSeparator(.semicolon, bytes) {
            let name = try scanner.token(bytes)
            try checkCount(scanner, bytes)
            if parameters.isEmpty { parameters.reserveCapacity(4) }
            var value: String?
            if scanner.takeSeparator(.equals, bytes) {
                value = try Self.value(&scanner, bytes)
            }
            parameters.append(Parameter(name: name, value: value))
        }
    }

    /// Reads `generic-param *( SEMI generic-param )`, the form of fields that have no value before their parameters.
    init(scanningWithoutValue scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        let name = try scanner.token(bytes)
        let value: String? = scanner.takeSeparator(.equals, bytes) ? try Self.value(&scanner, bytes) : nil
        try self.init(scanning: &scanner, bytes)
        parameters.insert(Parameter(name: name, value: value), at: 0)
    }

    /// Parameters of one value. More are refused, since every look-up walks them.
    private static let limit = 64

    private func checkCount(_ scanner: FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        guard parameters.count < Self.limit else { throw scanner.fail(.tooLong(limit: Self.limit), bytes) }
    }

    private static func value(_ scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) -> String {
        let start = scanner.offset
        if scanner.peek(bytes) == .doubleQuote {
            _ = try scanner.quotedString(bytes)
            return bytes.string(start..<scanner.offset)
        }
        if scanner.take(.lessThan, bytes) {
            // `info=<URI>` of RFC 8224.
            _ = scanner.run(until: { $0 == .greaterThan || $0 <= .space || $0 == .doubleQuote }, bytes)
            guard scanner.take(.greaterThan, bytes) else { throw scanner.fail(.expected(.greaterThan), bytes) }
            return bytes.string(start..<scanner.offset)
        }
        // token / host in the grammar; peers also write "=" and "/" of Base64 and IPv6 addresses without quotes.
        let range = scanner.run(until: OctetSet.parameterValueEnds, bytes)
        guard !range.isEmpty else { throw scanner.fail(.expectedToken, bytes) }
        return bytes.string(range)
    }

    /// Reads URI parameters, whose characters are wider than a token's: everything up to `;`, `?` or `>`.
    init(scanningURI scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        while scanner.take(.semicolon, bytes) {
            let name = scanner.run(until: OctetSet.uriParameterNameEnds, bytes)
            guard !name.isEmpty else { throw scanner.fail(.expectedToken, bytes) }
            try checkCount(scanner, bytes)
            var value: String?
            if scanner.take(.equals, bytes) {
                value = bytes.string(scanner.run(until: OctetSet.uriParameterValueEnds, bytes))
            }
            parameters.append(Parameter(name: bytes.string(name), value: value))
        }
    }

    func write(into text: inout String) {
        for parameter in parameters {
            text += ";" + parameter.name
            if let value = parameter.value { text += "=" + value }
        }
    }
}

extension ParameterList: CustomStringConvertible {
    /// As it is written, each with its semicolon.
    public var description: String {
        var text = ""
        write(into: &text)
        return text
    }
}
