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
    enum Storage: Sendable {
        case none
        /// A part of the octets of a value, from the name of the first parameter on, checked against the grammar.
        case octets([UInt8], OctetRange, Grammar)
        case list([Parameter])
    }

    enum Grammar: Sendable {
        /// `generic-param *( SEMI generic-param )`.
        case generic
        /// Those of a URI, whose characters are wider than a token's: everything up to `;`, `?` or the end.
        case uri
    }

    private(set) var storage = Storage.none

    public init() {}

    /// Parameters that ``scan(_:_:_:)`` has found in `octets`.
    init(_ part: OctetRange, of octets: [UInt8], _ grammar: Grammar) {
        if part.isPresent { storage = .octets(octets, part, grammar) }
    }

    init(_ list: [Parameter]) {
        storage = .list(list)
    }

    public var isEmpty: Bool {
        switch storage {
        case .none: true
        case .octets: false
        case .list(let list): list.isEmpty
        }
    }

    /// All of them, in order.
    public var parameters: [Parameter] {
        switch storage {
        case .none: return []
        case .list(let list): return list
        case .octets(let octets, let part, let grammar):
            var list: [Parameter] = []
            let bytes = octets.span.extracting(part.range)
            var walk = Walk(grammar)
            while let parameter = walk.next(bytes) {
                list.append(
                    Parameter(
                        name: bytes.string(parameter.name),
                        value: parameter.value.isPresent ? bytes.string(parameter.value.range) : nil
                    )
                )
            }
            return list
        }
    }

    /// The value of a parameter without surrounding quotes; `nil` when it is absent or a flag.
    public subscript(name: String) -> String? {
        get {
            switch storage {
            case .none: return nil
            case .octets(let octets, let part, let grammar):
                let bytes = octets.span.extracting(part.range)
                guard let value = Self.first(name.utf8.span, bytes, grammar)?.value, value.isPresent else { return nil }
                return bytes.string(Self.withoutQuotes(value.range, bytes))
            case .list(let list):
                guard let value = list.first(where: { $0.name.equalsIgnoringCase(name) })?.value else { return nil }
                let bytes = value.utf8.span
                return bytes.string(Self.withoutQuotes(0..<bytes.count, bytes))
            }
        }
        set {
            if let newValue {
                set(name, newValue)
            } else {
                edit { $0.removeAll { $0.name.equalsIgnoringCase(name) } }
            }
        }
    }

    public func contains(_ name: String) -> Bool {
        switch storage {
        case .none: false
        case .octets(let octets, let part, let grammar):
            Self.first(name.utf8.span, octets.span.extracting(part.range), grammar) != nil
        case .list(let list): list.contains { $0.name.equalsIgnoringCase(name) }
        }
    }

    /// Whether the part of `octets`, parameters that were checked, holds one of that name.
    static func contains(_ name: StaticString, _ part: OctetRange, of octets: [UInt8]) -> Bool {
        guard part.isPresent else { return false }
        let name = Span(_unsafeElements: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        return first(name, octets.span.extracting(part.range), .generic) != nil
    }

    /// Which of two values a parameter has.
    enum Choice {
        case absent, first, second
        /// Another value, or none.
        case other
    }

    /// Compares without case and without surrounding quotes.
    func choice(_ name: StaticString, _ first: StaticString, _ second: StaticString) -> Choice {
        switch storage {
        case .none: return .absent
        case .octets(let octets, let part, let grammar):
            return Self.choice(name, first, second, octets.span.extracting(part.range), grammar)
        case .list(let list):
            guard let parameter = list.first(where: { $0.name.equalsIgnoringCase(name.description) }) else {
                return .absent
            }
            let value = parameter.value ?? ""
            let bytes = value.utf8.span
            return Self.choice(first, second, bytes, Self.withoutQuotes(0..<bytes.count, bytes))
        }
    }

    /// The same of parameters that were checked.
    @inline(never)
    static func choice(
        _ name: StaticString,
        _ first: StaticString,
        _ second: StaticString,
        _ bytes: Span<UInt8>,
        _ grammar: Grammar
    ) -> Choice {
        let octets = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        guard let place = Self.first(Span(_unsafeElements: octets), bytes, grammar) else { return .absent }
        return choice(first, second, bytes, withoutQuotes(place.value.range, bytes))
    }

    private static func choice(
        _ first: StaticString,
        _ second: StaticString,
        _ bytes: Span<UInt8>,
        _ value: Range<Int>
    ) -> Choice {
        if bytes.equalsIgnoringCase(first, at: value) { return .first }
        return bytes.equalsIgnoringCase(second, at: value) ? .second : .other
    }

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
        switch storage {
        case .none: return nil
        case .octets(let octets, let part, let grammar):
            let bytes = octets.span.extracting(part.range)
            guard let value = Self.first(name.utf8.span, bytes, grammar)?.value, value.isPresent else { return nil }
            return Self.unescaped(bytes.extracting(value.range))
        case .list(let list):
            let value = list.first { $0.name.equalsIgnoringCase(name) }?.value
            return value.flatMap { Self.unescaped($0.utf8.span) }
        }
    }

    /// Whether ``unquoted(_:)`` gives some text.
    func isUnquotedPresent(_ name: String) -> Bool {
        guard case .octets(let octets, let part, let grammar) = storage else { return unquoted(name)?.isEmpty == false }
        let bytes = octets.span.extracting(part.range)
        guard let value = Self.first(name.utf8.span, bytes, grammar)?.value else { return false }
        return !Self.withoutQuotes(value.range, bytes).isEmpty
    }

    private static func unescaped(_ value: Span<UInt8>) -> String? {
        guard value.count > 0, value[0] == .doubleQuote else { return value.string(0..<value.count) }
        var scanner = FieldScanner(field: nil)
        return try? scanner.quotedString(value)
    }

    static func withoutQuotes(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int> {
        guard range.count >= 2, bytes[range.lowerBound] == .doubleQuote, bytes[range.upperBound - 1] == .doubleQuote
        else { return range }
        return range.lowerBound + 1..<range.upperBound - 1
    }

    /// The first parameter of that name among those that were checked.
    static func first(_ name: Span<UInt8>, _ bytes: Span<UInt8>, _ grammar: Grammar) -> Place? {
        var start = 0
        while start < bytes.count {
            let end = start &+ name.count
            if end <= bytes.count, endsName(bytes, at: end, grammar), bytes.equalsIgnoringCase(name, at: start..<end) {
                if let place = plainPlace(start..<end, bytes, grammar) { return place }
                var scanner = FieldScanner(field: nil, offset: start)
                if let place = place(grammar, &scanner, bytes), place.name.upperBound == end { return place }
            }
            start = nextStart(grammar, bytes, after: start)
        }
        return nil
    }

    /// The parameter that begins with these octets, which was checked, if they are a token and nothing but the end of the
    /// parameter follows, or a value that begins right behind the equals sign and has no quotes.
    @inline(__always)
    private static func plainPlace(_ name: Range<Int>, _ bytes: Span<UInt8>, _ grammar: Grammar) -> Place? {
        let end = name.upperBound
        guard bytes.firstNonToken(from: name.lowerBound) == end else { return nil }
        guard end < bytes.count, bytes[end] != .semicolon else { return Place(name: name, value: .absent) }
        guard grammar == .generic, bytes[end] == .equals else { return nil }
        let valueEnd = bytes.firstParameterValueEnd(in: end &+ 1..<bytes.count)
        guard valueEnd > end &+ 1 else { return nil }
        return Place(name: name, value: OctetRange(end &+ 1..<valueEnd))
    }

    /// Whether a name may end here. Most that are longer or shorter than the one looked for need no comparison.
    @inline(__always)
    private static func endsName(_ bytes: Span<UInt8>, at end: Int, _ grammar: Grammar) -> Bool {
        guard end < bytes.count else { return true }
        return grammar == .uri ? OctetSet.uriParameterNameEnds.contains(bytes[end]) : !bytes[end].isTokenCharacter
    }

    /// Where the parameter behind that at `start` begins, which was checked; the end when there is none.
    private static func nextStart(_ grammar: Grammar, _ bytes: Span<UInt8>, after start: Int) -> Int {
        var index = start
        switch grammar {
        case .uri:
            return bytes.firstOffset(of: .semicolon, in: index..<bytes.count) &+ 1
        case .generic:
            while true {
                index = bytes.firstParameterStructure(in: index..<bytes.count)
                guard index < bytes.count else { return index }
                var scanner = FieldScanner(field: nil, offset: index)
                switch bytes[index] {
                case .semicolon:
                    scanner.skip()
                    scanner.skipWhitespace(bytes)
                    return scanner.offset
                case .doubleQuote:
                    guard (try? scanner.skipQuotedString(bytes)) != nil else { return bytes.count }
                default:
                    _ = scanner.run(until: .greaterThan, bytes)
                }
                index = scanner.offset
            }
        }
    }

    private mutating func edit(_ body: (inout [Parameter]) -> Void) {
        var list = parameters
        storage = .list([])
        body(&list)
        storage = .list(list)
    }
}

extension ParameterList {
    /// Appends them, each with its semicolon and without white space between them.
    func write(into output: inout [UInt8]) {
        switch storage {
        case .none: break
        case .octets(let octets, let part, let grammar):
            let bytes = octets.span.extracting(part.range)
            var walk = Walk(grammar)
            while let parameter = walk.next(bytes) {
                output.append(.semicolon)
                output.append(bytes.extracting(parameter.name))
                guard parameter.value.isPresent else { continue }
                output.append(.equals)
                output.append(bytes.extracting(parameter.value.range))
            }
        case .list(let list):
            for parameter in list {
                output.append(.semicolon)
                output.append(contentsOf: parameter.name.utf8)
                guard let value = parameter.value else { continue }
                output.append(.equals)
                output.append(contentsOf: value.utf8)
            }
        }
    }
}
