/// Where the start line of a message lies in its octets, and where its header section ends.
struct HeaderSection {
    let startLine: StartLine
    /// The offset of the first octet of the body.
    let end: Int
    /// The stated length of the body; `nil` when the message does not say.
    let contentLength: Int?
}

extension HeaderSection {
    /// - Parameter fields: Empty; where the header fields lie.
    init(_ span: Span<UInt8>, limits: SIPLimits, into fields: inout SIPHeaders.Table) throws(SIPParseError) {
        var offset = 0
        // RFC 3261 §7.5: ignore CRLF before the start line.
        while offset + 1 < span.count, span[offset] == .carriageReturn, span[offset + 1] == .lineFeed { offset += 2 }
        let lineEnd = try Self.lineEnd(span, from: offset, limit: limits.startLine)
        let startLine = try StartLine(span, offset..<lineEnd)
        offset = lineEnd + 2
        fields.reserve()
        var counts = FieldCounts()
        let lookup = HeaderName.lookup
        while true {
            guard offset < span.count else {
                throw SIPParseError(.truncated, field: nil, offset: offset, in: span)
            }
            if span[offset] == .carriageReturn, offset + 1 < span.count, span[offset + 1] == .lineFeed { break }
            let field: SIPHeaders.Field
            if let plain = SIPHeaders.Field(plain: span, from: offset, limit: limits.headerLine, lookup) {
                field = plain
            } else {
                field = try SIPHeaders.Field(span, from: offset, limits: limits)
            }
            guard fields.count < limits.headerFields else {
                throw SIPParseError(.tooLong(limit: limits.headerFields), field: nil, offset: offset, in: span)
            }
            counts.add(field, at: fields.count, span)
            fields.append(field)
            offset = field.lineRange.upperBound
            guard offset <= limits.headerSection else {
                throw SIPParseError(.tooLong(limit: limits.headerSection), field: nil, offset: offset, in: span)
            }
        }
        // Commas inside quotes do not count; nearly no message is counted twice.
        let found = fields.fields.span
        if counts.via > limits.viaValues { try Self.checkCount(of: .via, found, span, limit: limits.viaValues) }
        if counts.route > limits.routeValues { try Self.checkCount(of: .route, found, span, limit: limits.routeValues) }
        if counts.recordRoute > limits.routeValues {
            try Self.checkCount(of: .recordRoute, found, span, limit: limits.routeValues)
        }
        let length = try Self.contentLength(found, from: min(counts.contentLength, found.count), span)
        self.init(startLine: startLine, end: offset + 2, contentLength: length)
    }

    /// At least as many as there are values of the fields whose number is limited, and where Content-Length stands.
    private struct FieldCounts {
        private(set) var via = 0
        private(set) var route = 0
        private(set) var recordRoute = 0
        private(set) var contentLength = Int.max

        @inline(__always)
        mutating func add(_ field: SIPHeaders.Field, at place: Int, _ span: Span<UInt8>) {
            switch field.name {
            case RegisteredHeaderName.via.rawValue:
                via += 1 + (field.mayHoldComma ? Self.commas(span, field.valueRange) : 0)
            case RegisteredHeaderName.route.rawValue:
                route += 1 + (field.mayHoldComma ? Self.commas(span, field.valueRange) : 0)
            case RegisteredHeaderName.recordRoute.rawValue:
                recordRoute += 1 + (field.mayHoldComma ? Self.commas(span, field.valueRange) : 0)
            case RegisteredHeaderName.contentLength.rawValue: contentLength = min(contentLength, place)
            default: break
            }
        }

        @inline(never)
        private static func commas(_ span: Span<UInt8>, _ value: Range<Int>) -> Int {
            var count = 0
            var index = span.firstOffset(of: .comma, in: value)
            while index < value.upperBound {
                count += 1
                index = span.firstOffset(of: .comma, in: index + 1..<value.upperBound)
            }
            return count
        }
    }

    /// Refuses more values of a field than the limits allow.
    private static func checkCount(
        of name: HeaderName,
        _ table: Span<SIPHeaders.Field>,
        _ span: Span<UInt8>,
        limit: Int
    ) throws(SIPParseError) {
        var count = 0
        for place in table.indices where table[place].name == name.index {
            count += topLevelValues(span.extracting(table[place].valueRange)).count
        }
        guard count <= limit else { throw SIPParseError(.tooLong(limit: limit), field: name) }
    }

    /// What Content-Length says.
    ///
    /// - Parameter first: The place of the first such field; the end of the table when there is none.
    private static func contentLength(
        _ table: Span<SIPHeaders.Field>,
        from first: Int,
        _ span: Span<UInt8>
    ) throws(SIPParseError) -> Int? {
        var length: Int?
        for place in first..<table.count where table[place].name == RegisteredHeaderName.contentLength.rawValue {
            var scanner = FieldScanner(field: .contentLength)
            let value = span.extracting(table[place].valueRange)
            let number = Int(truncatingIfNeeded: try scanner.number(value, limit: 1 << 30))
            try scanner.end(value)
            guard length == nil else {
                throw SIPParseError(.repeated, field: .contentLength, offset: 0, in: value)
            }
            length = number
        }
        return length
    }

    /// The offset of the CR that ends the line which starts at `start`.
    static func lineEnd(_ span: Span<UInt8>, from start: Int, limit: Int) throws(SIPParseError) -> Int {
        // One octet more than the limit: the line end may stand right behind it.
        let reach = limit < span.count - start ? start + limit + 1 : span.count
        var index = start
        while true {
            index = span.firstControl(in: index..<reach)
            guard index < reach else { break }
            let byte = span[index]
            if byte == .carriageReturn, index + 1 < span.count, span[index + 1] == .lineFeed { return index }
            if byte == .carriageReturn, index + 1 == span.count { break }
            // `quoted-pair` (RFC 3261 §25.1) may hold any control character but CR and LF.
            let isQuotedPair = byte != .carriageReturn && byte != .lineFeed && index > start
            if byte != .tab, !(isQuotedPair && span[index - 1] == .backslash) {
                throw SIPParseError(.illegalCharacter, field: nil, offset: index, in: span)
            }
            index += 1
        }
        guard reach == span.count else {
            throw SIPParseError(.tooLong(limit: limit), field: nil, offset: start, in: span)
        }
        throw SIPParseError(.truncated, field: nil, offset: span.count, in: span)
    }
}
