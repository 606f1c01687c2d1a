/// The `;name=value` parameters behind a header value or in a URI, in order. Names compare without case; a value
/// keeps the form it came in (quotes included), so that it leaves unchanged.
///
/// Source: RFC 3261 §25.1, `generic-param` and `uri-parameters`.
public struct ParameterList: Sendable {
    public struct Parameter: Sendable, Hashable {
        public var name: String
        /// `nil` for a flag such as `lr`.
        public var value: String?

        public init(name: String, value: String?) {
            self.name = name
            self.value = value
        }
    }

    /// What was parsed stays as octets until somebody reads a parameter; what was edited is a list.
    private enum Storage: Sendable {
        /// Each with its semicolon, checked against the grammar.
        case octets([UInt8], Grammar)
        case list([Parameter])
    }

    private enum Grammar: Sendable {
        /// `*( SEMI generic-param )`.
        case generic
        /// `uri-parameters`, whose characters are wider than a token's: everything up to `;`, `?` or the end.
        case uri
    }

    private var storage = Storage.list([])

    public init() {}

    public var isEmpty: Bool {
        switch storage {
        case .octets(let octets, _): octets.isEmpty
        case .list(let list): list.isEmpty
        }
    }

    /// All of them, in order.
    public var parameters: [Parameter] {
        guard case .octets = storage else {
            if case .list(let list) = storage { return list }
            return []
        }
        var list: [Parameter] = []
        visit { bytes, name, value in
            list.append(Parameter(name: bytes.string(name), value: value.map { bytes.string($0) }))
            return true
        }
        return list
    }

    /// The value of a parameter without surrounding quotes; `nil` when it is absent or a flag.
    public subscript(name: String) -> String? {
        get {
            guard let value = first(name)?.value else { return nil }
            guard value.utf8.count >= 2, value.utf8.first == .doubleQuote, value.utf8.last == .doubleQuote else {
                return value
            }
            return String(decoding: value.utf8.dropFirst().dropLast(), as: UTF8.self)
        }
        set {
            if let newValue {
                set(name, newValue)
            } else {
                edit { $0.removeAll { $0.name.equalsIgnoringCase(name) } }
            }
        }
    }

    public func contains(_ name: String) -> Bool { first(name) != nil }

    /// Replaces the parameter in its place, or adds it at the end; `value` `nil` makes it a flag.
    public mutating func set(_ name: String, _ value: String?) {
        edit { list in
            if let index = list.firstIndex(where: { $0.name.equalsIgnoringCase(name) }) {
                list[index].value = value
            } else {
                list.append(Parameter(name: name, value: value))
            }
        }
    }

    /// Sets the value of a parameter as a `quoted-string`.
    public mutating func setQuoted(_ name: String, _ text: String) {
        set(name, text.quoted)
    }

    /// The value of a parameter with its quotes removed and its escapes resolved.
    public func unquoted(_ name: String) -> String? {
        guard let value = first(name)?.value else { return nil }
        return value.withSpan { bytes in
            var scanner = FieldScanner(field: nil)
            return bytes.count > 0 && bytes[0] == .doubleQuote ? try? scanner.quotedString(bytes) : value
        }
    }

    private func first(_ name: String) -> Parameter? {
        guard case .octets = storage else {
            guard case .list(let list) = storage else { return nil }
            return list.first { $0.name.equalsIgnoringCase(name) }
        }
        var found: Parameter?
        visit { bytes, candidate, value in
            guard bytes.equalsIgnoringCase(name, at: candidate) else { return true }
            found = Parameter(name: name, value: value.map { bytes.string($0) })
            return false
        }
        return found
    }

    private mutating func edit(_ body: (inout [Parameter]) -> Void) {
        var list = parameters
        storage = .list([])
        body(&list)
        storage = .list(list)
    }
}

// MARK: - Reading

extension ParameterList {
    /// Reads `*( SEMI generic-param )`.
    init(scanning scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        let start = scanner.offset
        guard try Self.check(.generic, &scanner, bytes, read: 0) else { return }
        storage = .octets(bytes.octets(start..<scanner.offset), .generic)
    }

    /// Reads `generic-param *( SEMI generic-param )`, the form of fields that have no value before their parameters.
    init(scanningWithoutValue scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        let start = scanner.offset
        _ = try Self.parameter(.generic, &scanner, bytes)
        _ = try Self.check(.generic, &scanner, bytes, read: 1)
        storage = .octets([.semicolon] + bytes.octets(start..<scanner.offset), .generic)
    }

    /// Reads `uri-parameters`.
    init(scanningURI scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        let start = scanner.offset
        guard try Self.check(.uri, &scanner, bytes, read: 0) else { return }
        storage = .octets(bytes.octets(start..<scanner.offset), .uri)
    }

    /// Parameters of one value. More are refused, since every look-up walks them.
    private static let limit = 64

    /// Moves past all parameters; `false` when there is none.
    private static func check(
        _ grammar: Grammar,
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>,
        read: Int
    ) throws(SIPParseError) -> Bool {
        var count = read
        while takeSemicolon(grammar, &scanner, bytes) {
            guard count < limit else { throw scanner.fail(.tooLong(limit: limit), bytes) }
            _ = try parameter(grammar, &scanner, bytes)
            count += 1
        }
        return count > read
    }

    private static func takeSemicolon(
        _ grammar: Grammar,
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>
    ) -> Bool {
        switch grammar {
        case .generic: scanner.takeSeparator(.semicolon, bytes)
        case .uri: scanner.take(.semicolon, bytes)
        }
    }

    private static func parameter(
        _ grammar: Grammar,
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>
    ) throws(SIPParseError) -> (name: Range<Int>, value: Range<Int>?) {
        switch grammar {
        case .generic:
            let name = try scanner.tokenRange(bytes)
            return (name, scanner.takeSeparator(.equals, bytes) ? try value(&scanner, bytes) : nil)
        case .uri:
            let name = scanner.run(until: OctetSet.uriParameterNameEnds, bytes)
            guard !name.isEmpty else { throw scanner.fail(.expectedToken, bytes) }
            guard scanner.take(.equals, bytes) else { return (name, nil) }
            return (name, scanner.run(until: OctetSet.uriParameterValueEnds, bytes))
        }
    }

    private static func value(_ scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) -> Range<Int> {
        let start = scanner.offset
        if scanner.peek(bytes) == .doubleQuote {
            try scanner.skipQuotedString(bytes)
            return start..<scanner.offset
        }
        if scanner.take(.lessThan, bytes) {
            // `info=<URI>` of RFC 8224.
            _ = scanner.run(until: { $0 == .greaterThan || $0 <= .space || $0 == .doubleQuote }, bytes)
            guard scanner.take(.greaterThan, bytes) else { throw scanner.fail(.expected(.greaterThan), bytes) }
            return start..<scanner.offset
        }
        // token / host in the grammar; peers also write "=" and "/" of Base64 and IPv6 addresses without quotes.
        let range = scanner.run(until: OctetSet.parameterValueEnds, bytes)
        guard !range.isEmpty else { throw scanner.fail(.expectedToken, bytes) }
        return range
    }

    /// Visits what was parsed until `body` answers `false`.
    private func visit(_ body: (_ bytes: Span<UInt8>, _ name: Range<Int>, _ value: Range<Int>?) -> Bool) {
        guard case .octets(let octets, let grammar) = storage else { return }
        let bytes = octets.span
        var scanner = FieldScanner(field: nil)
        while Self.takeSemicolon(grammar, &scanner, bytes),
            let parameter = try? Self.parameter(grammar, &scanner, bytes)
        {
            if !body(bytes, parameter.name, parameter.value) { return }
        }
    }
}

extension ParameterList: Hashable {
    /// Equal when they hold the same parameters in the same order; white space between them does not count.
    public static func == (left: ParameterList, right: ParameterList) -> Bool {
        if case .octets(let left, .generic) = left.storage, case .octets(let right, .generic) = right.storage,
            left == right
        {
            return true
        }
        return left.parameters == right.parameters
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(parameters) }
}

extension ParameterList: CustomStringConvertible {
    /// As it is written, each with its semicolon.
    public var description: String {
        var text = ""
        write(into: &text)
        return text
    }

    func write(into text: inout String) {
        for parameter in parameters {
            text += ";" + parameter.name
            if let value = parameter.value { text += "=" + value }
        }
    }
}
