/// A value of a header field that has a grammar of its own.
///
/// ``init(parsing:field:)`` of the description gives an equal value.
public protocol HeaderValue: Sendable, Hashable, CustomStringConvertible {
    /// Parses one value: unfolded, without header name, split at top-level commas where the field is a list.
    ///
    /// - Parameter field: The field it comes from, for the error.
    /// - Throws: ``SIPParseError`` with the offset of the first octet that does not fit.
    init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError)

    /// The same for a value that may keep `octets` instead of a copy of `bytes`, which lie in them.
    init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError)
}

extension HeaderValue {
    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, field: field)
    }

    public init(parsing text: String, field: HeaderName) throws(SIPParseError) {
        do throws(SIPParseError) {
            self = try text.withSpan { bytes throws(SIPParseError) in try Self(parsing: bytes, field: field) }
        } catch {
            throw error.named(field)
        }
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
        return try parse(field.valueRange, name, isFolded: field.isFolded)
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
            let place = field.valueRange
            let next = nextIndex(name, after: index)
            let octets = bytes.span.extracting(place)
            var start = 0
            while let range = field.nextValue(octets, from: &start) {
                let value: Value
                do throws(SIPParseError) {
                    value = try parse(
                        place.lowerBound &+ range.lowerBound..<place.lowerBound &+ range.upperBound, name,
                        isFolded: field.isFolded
                    )
                } catch {
                    throw error.shifted(by: range.lowerBound)
                }
                if values.isEmpty {
                    if start >= octets.count, next >= table.count { return [value] }
                    // Where there are two there are often more.
                    values.reserveCapacity(8)
                }
                values.append(value)
            }
            index = next
        }
        return values
    }

    /// The value of each field of that name, for fields whose values hold commas (RFC 3261 §7.3.1: the four of
    /// digest authentication).
    func wholeValues<Value: HeaderValue>(of name: HeaderName) throws(SIPParseError) -> [Value] {
        var values: [Value] = []
        for field in table where matches(field, name) {
            values.append(try parse(field.valueRange, name, isFolded: field.isFolded))
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
            var start = 0
            if let range = field.nextValue(octets, from: &start) {
                let start = field.valueRange.lowerBound
                return try parse(
                    start &+ range.lowerBound..<start &+ range.upperBound, name, isFolded: field.isFolded)
            }
            index = nextIndex(name, after: index)
        }
        return nil
    }

    /// Where the first value of a field lies; `nil` if the field has folds, or a name that is not registered, which a scanner
    /// cannot tell.
    ///
    /// - Throws: ``SIPParseError`` when there is no value.
    func plainPlace(of name: HeaderName) throws(SIPParseError) -> Range<Int>? {
        guard name.index != HeaderName.unregistered else { return nil }
        var index = firstIndex(name, from: 0)
        while index < table.count {
            let field = table[index]
            guard !field.isFolded else { return nil }
            let start = field.valueRange.lowerBound
            var next = 0
            if let range = field.nextValue(bytes.span.extracting(field.valueRange), from: &next) {
                return start &+ range.lowerBound..<start &+ range.upperBound
            }
            index = nextIndex(name, after: index)
        }
        throw SIPParseError(.missing, field: name)
    }

    @inline(__always)
    private func parse<Value: HeaderValue>(
        _ place: Range<Int>,
        _ name: HeaderName,
        isFolded: Bool
    ) throws(SIPParseError) -> Value {
        let value = bytes.span.extracting(place)
        do throws(SIPParseError) {
            guard isFolded, value.contains(.carriageReturn) else {
                return try Value(parsing: value, keeping: KeptOctets(bytes, from: place.lowerBound), field: name)
            }
            return try Value(parsing: value.unfolded(0..<value.count), field: name)
        } catch {
            throw error.named(name)
        }
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
