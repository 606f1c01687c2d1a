extension HeaderSection {
    /// A request line or a status line (RFC 3261 §7.1, §7.2), and where its parts lie.
    enum StartLine {
        case request(method: Range<Int>, uri: Range<Int>)
        case response(StatusCode, phrase: Range<Int>)
    }
}

extension HeaderSection.StartLine {
    /// - Parameter line: Without its end.
    init(_ span: Span<UInt8>, _ line: Range<Int>) throws(SIPParseError) {
        func fail(_ fault: SIPParseError.Fault, _ offset: Int) -> SIPParseError {
            SIPParseError(fault, field: nil, offset: offset, in: span)
        }
        var index = line.lowerBound
        if line.count >= 4, span[index + 3] == .slash, span.equalsIgnoringCase("SIP/", at: index..<index + 4) {
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
            guard next < line.upperBound else {
                self = .response(status, phrase: next..<next)
                return
            }
            guard span[next] == .space else {
                throw fail(span[next].isDigit ? .numberOutOfRange : .expected(.space), next)
            }
            self = .response(status, phrase: next + 1..<line.upperBound)
            return
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
        guard span.equalsIgnoringCase("SIP/2.0", at: version) else {
            guard version.count >= 4, span.equalsIgnoringCase("SIP/", at: version.lowerBound..<version.lowerBound + 4)
            else { throw fail(.malformedStartLine, version.lowerBound) }
            let hasSpace = span.extracting(version).contains(.space)
            throw fail(hasSpace ? .malformedStartLine : .unsupportedVersion, version.lowerBound)
        }
        self = .request(method: method, uri: uri)
    }
}
