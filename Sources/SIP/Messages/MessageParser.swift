extension SIPMessage {
    /// Parses one datagram: the body ends where `Content-Length` says, or with the datagram (RFC 3261 §18.3).
    ///
    /// Only framing, start line and field syntax are checked; a malformed value throws when it is read.
    ///
    /// - Throws: ``SIPParseError`` for what cannot be framed.
    public init(parsing bytes: [UInt8], limits: SIPLimits = SIPLimits()) throws(SIPParseError) {
        guard bytes.count <= limits.message else { throw SIPParseError(.tooLong(limit: limits.message)) }
        let span = bytes.span
        let head = try HeaderSection(span, limits: limits)
        let available = span.count - head.end
        let length = try head.contentLength(in: span) ?? available
        guard length <= available else {
            throw SIPParseError(.truncated, field: .contentLength, offset: bytes.count, excerpt: "")
        }
        self.init(
            head.startLine, SIPHeaders(bytes: bytes, table: head.table), body: span.octets(head.end..<head.end + length)
        )
    }

    /// - Parameter headers: With the octets that the start line lies in.
    init(_ startLine: HeaderSection.StartLine, _ headers: SIPHeaders, body: [UInt8]) {
        let span = headers.bytes.span
        switch startLine {
        case .request(let method, let uri):
            self = .request(
                SIPRequest(
                    method: SIPMethod(span, method),
                    requestURI: span.string(uri),
                    headers: headers,
                    body: body
                )
            )
        case .response(let status, let phrase):
            self = .response(
                SIPResponse(
                    status: status,
                    reasonPhrase: Self.reasonPhrase(span, phrase),
                    headers: headers,
                    body: body
                )
            )
        }
    }

    /// The phrase as text of at most as many octets: of one that is no UTF-8 each octet beyond ASCII becomes `?`, where
    /// U+FFFD would take three and could lead the line beyond its limit.
    private static func reasonPhrase(_ span: Span<UInt8>, _ range: Range<Int>) -> String {
        var octets = span.octets(range)
        if let text = String(validating: octets, as: UTF8.self) { return text }
        for index in octets.indices where octets[index] >= 0x80 { octets[index] = .question }
        return String(decoding: octets, as: UTF8.self)
    }
}

/// Where the start line and the header fields of a message lie in its octets.
struct HeaderSection {
    enum StartLine {
        case request(method: Range<Int>, uri: Range<Int>)
        case response(StatusCode, phrase: Range<Int>)
    }

    let startLine: StartLine
    let table: [SIPHeaders.Field]
    /// The offset of the first octet of the body.
    let end: Int
}

extension HeaderSection {
    init(_ span: Span<UInt8>, limits: SIPLimits) throws(SIPParseError) {
        var offset = 0
        // RFC 3261 §7.5: ignore CRLF before the start line.
        while offset + 1 < span.count, span[offset] == .carriageReturn, span[offset + 1] == .lineFeed { offset += 2 }
        let lineEnd = try Self.lineEnd(span, from: offset, limit: limits.startLine)
        let startLine = try Self.startLine(span, offset..<lineEnd)
        offset = lineEnd + 2
        var table: [SIPHeaders.Field] = []
        table.reserveCapacity(48)
        let lookup = HeaderName.lookup
        var counts = ListCounts()
        while true {
            guard offset < span.count else {
                throw SIPParseError(.truncated, field: nil, offset: offset, in: span)
            }
            if span[offset] == .carriageReturn, offset + 1 < span.count, span[offset + 1] == .lineFeed { break }
            let field = try Self.field(span, from: offset, limits: limits, lookup: lookup)
            guard table.count < limits.headerFields else {
                throw SIPParseError(.tooLong(limit: limits.headerFields), field: nil, offset: offset, in: span)
            }
            table.append(field)
            counts.add(field, span)
            offset = field.lineRange.upperBound
            guard offset <= limits.headerSection else {
                throw SIPParseError(.tooLong(limit: limits.headerSection), field: nil, offset: offset, in: span)
            }
        }
        // Commas inside quotes do not count; nearly no message is counted twice.
        if counts.via > limits.viaValues { try Self.checkCount(of: .via, table, span, limit: limits.viaValues) }
        if counts.route > limits.routeValues { try Self.checkCount(of: .route, table, span, limit: limits.routeValues) }
        if counts.recordRoute > limits.routeValues {
            try Self.checkCount(of: .recordRoute, table, span, limit: limits.routeValues)
        }
        self.init(startLine: startLine, table: table, end: offset + 2)
    }

    /// At least as many as there are values of the fields whose number is limited.
    private struct ListCounts {
        private(set) var via = 0
        private(set) var route = 0
        private(set) var recordRoute = 0

        @inline(__always)
        mutating func add(_ field: SIPHeaders.Field, _ span: Span<UInt8>) {
            if field.name == HeaderName.via.index {
                via += Self.countCommas(field, span)
            } else if field.name == HeaderName.route.index {
                route += Self.countCommas(field, span)
            } else if field.name == HeaderName.recordRoute.index {
                recordRoute += Self.countCommas(field, span)
            }
        }

        /// One more than there are commas in the value of a field.
        private static func countCommas(_ field: SIPHeaders.Field, _ span: Span<UInt8>) -> Int {
            let value = field.valueRange
            var count = 1
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
        _ table: [SIPHeaders.Field],
        _ span: Span<UInt8>,
        limit: Int
    ) throws(SIPParseError) {
        var count = 0
        for field in table where field.name == name.index {
            count += topLevelValues(span.extracting(field.valueRange)).count
        }
        guard count <= limit else { throw SIPParseError(.tooLong(limit: limit), field: name) }
    }

    /// The stated length of the body; `nil` when the message does not say.
    func contentLength(in span: Span<UInt8>) throws(SIPParseError) -> Int? {
        let wanted = HeaderName.contentLength.index
        var length: Int?
        for field in table where field.name == wanted {
            var scanner = FieldScanner(field: .contentLength)
            let value = span.extracting(field.valueRange)
            let number = Int(try scanner.number(value, limit: 1 << 30))
            try scanner.end(value)
            guard length == nil else {
                throw SIPParseError(.repeated, field: .contentLength, offset: 0, in: value)
            }
            length = number
        }
        return length
    }

    // MARK: Lines

    /// The offset of the CR that ends the line which starts at `start`.
    private static func lineEnd(_ span: Span<UInt8>, from start: Int, limit: Int) throws(SIPParseError) -> Int {
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

    private static func startLine(_ span: Span<UInt8>, _ line: Range<Int>) throws(SIPParseError) -> StartLine {
        func fail(_ fault: SIPParseError.Fault, _ offset: Int) -> SIPParseError {
            SIPParseError(fault, field: nil, offset: offset, in: span)
        }
        var index = line.lowerBound
        if line.count >= 4, span.equalsIgnoringCase("SIP/", at: index..<index + 4) {
            guard line.count >= 11, span.equalsIgnoringCase("SIP/2.0 ", at: index..<index + 8) else {
                throw fail(.unsupportedVersion, index)
            }
            var code = 0
            for digit in index + 8..<index + 11 {
                guard span[digit].isDigit else { throw fail(.expectedDigits, digit) }
                code = code * 10 + Int(span[digit] - 0x30)
            }
            let next = index + 11
            guard let status = StatusCode(rawValue: code) else { throw fail(.numberOutOfRange, index + 8) }
            guard next < line.upperBound else { return .response(status, phrase: next..<next) }
            guard span[next] == .space else {
                throw fail(span[next].isDigit ? .numberOutOfRange : .expected(.space), next)
            }
            return .response(status, phrase: next + 1..<line.upperBound)
        }
        while index < line.upperBound, span[index].isTokenCharacter { index += 1 }
        let method = line.lowerBound..<index
        guard !method.isEmpty, index < line.upperBound, span[index] == .space else {
            throw fail(.malformedStartLine, index)
        }
        let uriStart = index + 1
        index = uriStart
        index = span.firstNonVisible(in: index..<line.upperBound)
        // A URI is ASCII (RFC 3986 §2): other octets come as escapes.
        if index < line.upperBound, span[index] >= 0x7F { throw fail(.illegalCharacter, index) }
        let uri = uriStart..<index
        guard !uri.isEmpty, index < line.upperBound, span[index] == .space else {
            throw fail(.malformedStartLine, index)
        }
        let version = index + 1..<line.upperBound
        guard version.count >= 4, span.equalsIgnoringCase("SIP/", at: version.lowerBound..<version.lowerBound + 4)
        else { throw fail(.malformedStartLine, version.lowerBound) }
        guard span.equalsIgnoringCase("SIP/2.0", at: version) else {
            let hasSpace = span.extracting(version).contains(.space)
            throw fail(hasSpace ? .malformedStartLine : .unsupportedVersion, version.lowerBound)
        }
        return .request(method: method, uri: uri)
    }

    /// One header field with its folds (RFC 3261 §7.3.1).
    @inline(__always)
    private static func field(
        _ span: Span<UInt8>,
        from start: Int,
        limits: SIPLimits,
        lookup: HeaderName.Lookup
    ) throws(SIPParseError) -> SIPHeaders.Field {
        // A name that is registered is made of token characters; the longest has 29.
        var index = span.firstOffset(of: .colon, in: start..<min(start + 32, span.count))
        var name = start..<index
        var nameIndex = lookup.index(span, name)
        if nameIndex == HeaderName.unregistered {
            index = start
            while index < span.count, span[index].isTokenCharacter { index += 1 }
            name = start..<index
            while index < span.count, span[index] == .space || span[index] == .tab { index += 1 }
            nameIndex = lookup.index(span, name)
        }
        guard !name.isEmpty, index < span.count, span[index] == .colon else {
            let truncated = index >= span.count
            throw SIPParseError(truncated ? .truncated : .expected(.colon), field: nil, offset: index, in: span)
        }
        index &+= 1
        let afterColon = index
        var lineEnd = try Self.lineEnd(span, from: index, limit: limits.headerLine)
        var hasFolds = false
        while lineEnd &+ 2 < span.count, span[lineEnd &+ 2] == .space || span[lineEnd &+ 2] == .tab {
            lineEnd = try Self.lineEnd(span, from: lineEnd &+ 2, limit: limits.headerLine)
            hasFolds = true
            guard lineEnd - start <= limits.headerLine else {
                throw SIPParseError(.tooLong(limit: limits.headerLine), field: nil, offset: start, in: span)
            }
        }
        var valueStart = afterColon
        var valueEnd = lineEnd
        while valueStart < valueEnd, span[valueStart].isLinearWhitespace { valueStart &+= 1 }
        while valueEnd > valueStart, span[valueEnd &- 1].isLinearWhitespace { valueEnd &-= 1 }
        return SIPHeaders.Field(
            name: nameIndex,
            nameEnd: name.upperBound,
            value: valueStart..<valueEnd,
            line: start..<lineEnd + 2,
            isFolded: hasFolds && span.firstOffset(of: .carriageReturn, in: valueStart..<valueEnd) < valueEnd
        )
    }
}
