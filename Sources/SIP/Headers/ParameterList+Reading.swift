extension ParameterList {
    /// Where name and value of a parameter lie.
    struct Place {
        let name: Range<Int>
        /// With its quotes; absent of a flag.
        let value: OctetRange
    }

    /// Reads `*( SEMI generic-param )`.
    init(scanning scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        self.init(copying: try Self.scan(&scanner, bytes).all, bytes)
    }

    /// The same of a value that keeps its octets.
    init(scanning scanner: inout FieldScanner, _ bytes: Span<UInt8>, keeping kept: KeptOctets) throws(SIPParseError) {
        self.init(try Self.scan(&scanner, bytes, base: kept.start).all, of: kept.octets, .generic)
    }

    /// Reads `generic-param *( SEMI generic-param )`, the form of fields that have no value before their parameters.
    init(
        scanningWithoutValue scanner: inout FieldScanner,
        _ bytes: Span<UInt8>,
        keeping kept: KeptOctets
    ) throws(SIPParseError) {
        let start = scanner.offset
        _ = try Self.parameter(&scanner, bytes)
        _ = try Self.scan(&scanner, bytes, read: 1)
        self.init(OctetRange(start..<scanner.offset, base: kept.start), of: kept.octets, .generic)
    }

    private init(copying part: OctetRange, _ bytes: Span<UInt8>) {
        guard part.isPresent else {
            self.init()
            return
        }
        let octets = bytes.octets(part.range)
        self.init(OctetRange(0..<octets.count), of: octets, .generic)
    }

    /// Parameters of one value. More are refused, since every look-up walks them.
    private static let limit = 64

    /// Moves past all of `*( SEMI generic-param )` and tells where they lie, without the first semicolon; absent when there
    /// is none. One function for all fields: what is run for each of them stays in the caches of the processor.
    ///
    /// - Parameters:
    ///   - read: How many there were before.
    ///   - base: What is added to offsets.
    ///   - name: A parameter that readers of the field want. Where its value lies, without quotes, is `noted`; absent when
    ///     there is none, or it is a flag.
    @inline(never)
    static func scan(
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>,
        read: Int = 0,
        base: Int = 0,
        noting name: StaticString = ""
    ) throws(SIPParseError) -> (all: OctetRange, noted: OctetRange) {
        guard scanner.takeSeparator(.semicolon, bytes) else { return (.absent, .absent) }
        let start = scanner.offset
        var count = read
        var noted = OctetRange.absent
        var isNoted = false
        repeat {
            guard count < limit else { try scanner.refuse(.tooLong(limit: limit), bytes) }
            let place: Place
            if let plain = plainParameter(&scanner, bytes) {
                place = plain
            } else {
                place = try parameter(&scanner, bytes)
            }
            // Of several with one name the first counts.
            if !isNoted, isToken(bytes, place.name, name) {
                isNoted = true
                if place.value.isPresent { noted = OctetRange(withoutQuotes(place.value.range, bytes), base: base) }
            }
            count &+= 1
        } while scanner.takeSeparator(.semicolon, bytes)
        return (OctetRange(start..<scanner.offset, base: base), noted)
    }

    /// Whether a token is `name`, without regard to case.
    @inline(__always)
    private static func isToken(_ bytes: Span<UInt8>, _ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount else { return false }
        // Of two token characters that differ in that bit alone both are letters.
        for offset in 0..<range.count
        where (bytes[range.lowerBound &+ offset] ^ name.utf8Start[offset]) & 0xDF != 0 { return false }
        return true
    }

    /// Moves past all parameters of a URI, each with its semicolon before it, and tells where they lie, without the first
    /// semicolon; absent when there is none.
    ///
    /// - Parameter ends: Octets that end a parameter.
    static func scanURI(
        until ends: some OctetClass,
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>,
        base: Int
    ) throws(SIPParseError) -> OctetRange {
        guard scanner.take(.semicolon, bytes) else { return .absent }
        let start = scanner.offset
        var count = 0
        repeat {
            guard count < limit else { try scanner.refuse(.tooLong(limit: limit), bytes) }
            guard let first = scanner.peek(bytes), !OctetSet.uriParameterNameEnds.contains(first) else {
                try scanner.refuse(.expectedToken, bytes)
            }
            scanner.move(to: bytes.first(ends, from: scanner.offset))
            count += 1
        } while scanner.take(.semicolon, bytes)
        return OctetRange(start..<scanner.offset, base: base)
    }

    /// One `generic-param` without white space and escapes: a token, perhaps an equals sign and a value, and behind them a
    /// semicolon or the end. `nil` for any other, whether it is well formed or not; the scanner has not moved then.
    @inline(__always)
    private static func plainParameter(_ scanner: inout FieldScanner, _ bytes: Span<UInt8>) -> Place? {
        let octets = bytes.bytes
        let start = scanner.offset
        let nameEnd = bytes.firstNonToken(from: start)
        guard nameEnd > start else { return nil }
        var end = nameEnd
        var value = OctetRange.absent
        if end < octets.byteCount, octets.octet(at: end) == .equals {
            end = bytes.firstParameterValueEnd(in: nameEnd &+ 1..<octets.byteCount)
            if end == nameEnd &+ 1 {
                guard end < octets.byteCount, octets.octet(at: end) == .doubleQuote else { return nil }
                end = bytes.firstQuoteOrBackslash(in: nameEnd &+ 2..<octets.byteCount)
                guard end < octets.byteCount, octets.octet(at: end) == .doubleQuote else { return nil }
                end &+= 1
            }
            value = OctetRange(nameEnd &+ 1..<end)
        }
        guard end == octets.byteCount || octets.octet(at: end) == .semicolon else { return nil }
        scanner.move(to: end)
        return Place(name: start..<nameEnd, value: value)
    }

    /// One `generic-param`.
    @inline(never)
    private static func parameter(
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>
    ) throws(SIPParseError) -> Place {
        let name = try scanner.tokenRange(bytes)
        guard scanner.takeSeparator(.equals, bytes) else { return Place(name: name, value: .absent) }
        return Place(name: name, value: OctetRange(try value(&scanner, bytes)))
    }

    /// A parameter of a URI that was checked.
    private static func uriParameter(_ scanner: inout FieldScanner, _ bytes: Span<UInt8>) -> Place {
        let name = scanner.run(until: .uriParameterNameEnds, bytes)
        guard scanner.take(.equals, bytes) else { return Place(name: name, value: .absent) }
        return Place(name: name, value: OctetRange(scanner.run(until: .uriParameterValueEnds, bytes)))
    }

    /// A parameter that was checked.
    static func place(_ grammar: Grammar, _ scanner: inout FieldScanner, _ bytes: Span<UInt8>) -> Place? {
        switch grammar {
        case .generic: try? parameter(&scanner, bytes)
        case .uri: scanner.isAtEnd(bytes) ? nil : uriParameter(&scanner, bytes)
        }
    }

    /// Goes through parameters that were checked.
    struct Walk {
        private let grammar: Grammar
        private var scanner = FieldScanner(field: nil)
        private var isFirst = true

        init(_ grammar: Grammar) {
            self.grammar = grammar
        }

        mutating func next(_ bytes: Span<UInt8>) -> Place? {
            guard isFirst || scanner.takeSeparator(.semicolon, bytes) else { return nil }
            isFirst = false
            return place(grammar, &scanner, bytes)
        }
    }

    @inline(__always)
    private static func value(_ scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) -> Range<Int> {
        let start = scanner.offset
        if scanner.peek(bytes) == .doubleQuote {
            try scanner.skipQuotedString(bytes)
            return start..<scanner.offset
        }
        if scanner.take(.lessThan, bytes) {
            // `info=<URI>` of RFC 8224.
            _ = scanner.run(until: { $0 == .greaterThan || $0 <= .space || $0 == .doubleQuote }, bytes)
            guard scanner.take(.greaterThan, bytes) else { try scanner.refuse(.expected(.greaterThan), bytes) }
            return start..<scanner.offset
        }
        // token / host in the grammar; peers also write "=" and "/" of Base64 and IPv6 addresses without quotes.
        scanner.move(to: bytes.firstParameterValueEnd(in: start..<bytes.count))
        guard scanner.offset > start else { try scanner.refuse(.expectedToken, bytes) }
        return start..<scanner.offset
    }
}
