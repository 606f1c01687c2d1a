/// A value of a header field that has a grammar of its own.
///
/// ``init(parsing:field:)`` of the description gives an equal value.
public protocol HeaderValue: Sendable, Hashable, CustomStringConvertible {
    /// Parses one value: unfolded, without header name, split at top-level commas where the field is a list.
    ///
    /// - Parameter field: The field it comes from, for the error.
    /// - Throws: ``SIPParseError`` with the offset of the first octet that does not fit.
    init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError)
}

extension HeaderValue {
    public init(parsing text: String, field: HeaderName) throws(SIPParseError) {
        self = try text.withSpan { bytes throws(SIPParseError) in try Self(parsing: bytes, field: field) }
    }
}

extension SIPHeaders {
    /// The value of a field that stands once; `nil` when it is absent.
    ///
    /// - Throws: ``SIPParseError``; its offset counts from the start of the value.
    public func value<Value: HeaderValue>(
        of name: HeaderName,
        as type: Value.Type = Value.self
    ) throws(SIPParseError) -> Value? {
        guard let field = firstField(name) else { return nil }
        return try parse(bytes.span.extracting(field.valueRange), name, isFolded: field.isFolded)
    }

    /// Every value of a field that is a list, in order.
    ///
    /// - Throws: ``SIPParseError`` of the first value that is malformed; its offset counts from the start of the
    ///   field that the value stands in.
    public func values<Value: HeaderValue>(
        of name: HeaderName,
        as type: Value.Type = Value.self
    ) throws(SIPParseError) -> [Value] {
        var values: [Value] = []
        var index = firstIndex(name, from: 0)
        while index < table.count {
            let field = table[index]
            let octets = bytes.span.extracting(field.valueRange)
            var start = 0
            while let range = nextTopLevelValue(octets, from: &start) {
                // Where there are two there are often more.
                if values.isEmpty, start < octets.count { values.reserveCapacity(8) }
                do throws(SIPParseError) {
                    values.append(try parse(octets.extracting(range), name, isFolded: field.isFolded))
                } catch {
                    throw error.shifted(by: range.lowerBound)
                }
            }
            index = nextIndex(name, after: index)
        }
        return values
    }

    /// The value of each field of that name, for fields whose values hold commas (RFC 3261 §7.3.1: the four of
    /// digest authentication).
    func wholeValues<Value: HeaderValue>(of name: HeaderName) throws(SIPParseError) -> [Value] {
        var values: [Value] = []
        for field in table where matches(field, name) {
            values.append(try parse(bytes.span.extracting(field.valueRange), name, isFolded: field.isFolded))
        }
        return values
    }

    /// The first of the ``values(of:as:)``, the rest unread; `nil` when there is none.
    ///
    /// - Throws: ``SIPParseError``; its offset counts from the start of the value.
    func firstValue<Value: HeaderValue>(
        of name: HeaderName,
        as type: Value.Type = Value.self
    ) throws(SIPParseError) -> Value? {
        var index = firstIndex(name, from: 0)
        while index < table.count {
            let field = table[index]
            let octets = bytes.span.extracting(field.valueRange)
            if let range = firstTopLevelValue(octets) {
                return try parse(octets.extracting(range), name, isFolded: field.isFolded)
            }
            index = nextIndex(name, after: index)
        }
        return nil
    }

    @inline(__always)
    private func parse<Value: HeaderValue>(
        _ bytes: Span<UInt8>,
        _ name: HeaderName,
        isFolded: Bool
    ) throws(SIPParseError) -> Value {
        guard isFolded, bytes.contains(.carriageReturn) else { return try Value(parsing: bytes, field: name) }
        return try Value(parsing: bytes.unfolded(0..<bytes.count), field: name)
    }

    /// Replaces all fields of that name by one with the canonical form of `value`; `nil` removes them.
    public mutating func set(_ name: HeaderName, _ value: (some HeaderValue)?) {
        if let value { set(name, value.description) } else { removeAll(name) }
    }

    /// Adds a field with the canonical form of `value` after all others.
    public mutating func append(_ name: HeaderName, _ value: some HeaderValue) {
        append(name, value.description)
    }
}
