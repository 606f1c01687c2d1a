import SIP

/// Finds the lines of the session descriptions in a request: its body, or the SDP parts of a multipart body.
enum SessionDescriptionLines {
    private static let maximumNesting = 4

    /// Visits `letter=content` of each line until `body` answers `true`.
    ///
    /// - Parameter includesMultipart: Whether to look inside multipart bodies (RFC 5621).
    /// - Returns: Whether `body` answered `true`.
    static func contains(
        in request: SIPRequest, includesMultipart: Bool, keepsCarriageReturn: Bool,
        where body: (_ letter: UInt8, _ content: Span<UInt8>) -> Bool
    ) -> Bool {
        guard !request.body.isEmpty else { return false }
        var found = false
        request.headers.withValues(of: .contentType) { type in
            found = search(
                request.body.span, type: type, nesting: includesMultipart ? maximumNesting : 0,
                keepsCarriageReturn: keepsCarriageReturn, body)
            return false
        }
        return found
    }

    /// Whether the body is, or holds, a session description.
    static func exists(in request: SIPRequest) -> Bool {
        contains(in: request, includesMultipart: true, keepsCarriageReturn: false) { _, _ in true }
    }

    private static func search(
        _ bytes: Span<UInt8>, type: Span<UInt8>, nesting: Int, keepsCarriageReturn: Bool,
        _ body: (UInt8, Span<UInt8>) -> Bool
    ) -> Bool {
        let type = type.extracting(type.trimmed)
        if isType("application/sdp", type) {
            return searchLines(bytes, keepsCarriageReturn: keepsCarriageReturn, body)
        }
        guard nesting > 0, type.hasPrefixIgnoringASCIICase("multipart/"), let boundary = boundary(of: type) else {
            return false
        }
        let delimiter = type.extracting(boundary)
        var partStart: Int?
        var offset = 0
        while offset < bytes.count {
            let (end, next) = bytes.line(from: offset)
            if isDelimiter(bytes.extracting(offset..<end), delimiter) {
                if let partStart, partStart <= offset {
                    let part = bytes.extracting(partStart..<offset)
                    if searchPart(part, nesting: nesting - 1, keepsCarriageReturn: keepsCarriageReturn, body) {
                        return true
                    }
                }
                partStart = next
            }
            offset = next
        }
        return false
    }

    private static func searchPart(
        _ part: Span<UInt8>, nesting: Int, keepsCarriageReturn: Bool, _ body: (UInt8, Span<UInt8>) -> Bool
    ) -> Bool {
        var offset = 0
        var type: Range<Int>?
        while offset < part.count {
            let (end, next) = part.line(from: offset)
            if end == offset {
                guard let type else { return false }
                return search(
                    part.extracting(next..<part.count), type: part.extracting(type), nesting: nesting,
                    keepsCarriageReturn: keepsCarriageReturn, body)
            }
            let line = part.extracting(offset..<end)
            if line.hasPrefixIgnoringASCIICase("content-type"), let colon = firstColon(of: line) {
                type = offset + colon + 1..<end
            }
            offset = next
        }
        return false
    }

    private static func searchLines(
        _ bytes: Span<UInt8>, keepsCarriageReturn: Bool, _ body: (UInt8, Span<UInt8>) -> Bool
    ) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let (end, next) = bytes.line(from: offset)
            if end - offset >= 2, bytes[offset + 1] == UInt8(ascii: "=") {
                let contentEnd = keepsCarriageReturn && end < bytes.count && bytes[end] == 0x0D ? end + 1 : end
                if body(bytes[offset], bytes.extracting(offset + 2..<contentEnd)) { return true }
            }
            offset = next
        }
        return false
    }

    /// Compares type and subtype; parameters may follow.
    private static func isType(_ name: StaticString, _ type: Span<UInt8>) -> Bool {
        guard type.hasPrefixIgnoringASCIICase(name) else { return false }
        let rest = type.extracting(name.utf8CodeUnitCount..<type.count)
        let trimmed = rest.trimmed
        return trimmed.isEmpty || rest[trimmed.lowerBound] == UInt8(ascii: ";")
    }

    private static func firstColon(of line: Span<UInt8>) -> Int? {
        for index in line.indices where line[index] == UInt8(ascii: ":") { return index }
        return nil
    }

    /// The range of the boundary parameter's value, without quotes.
    private static func boundary(of type: Span<UInt8>) -> Range<Int>? {
        var offset = 0
        while offset < type.count {
            guard type[offset] == UInt8(ascii: ";") else {
                offset += 1
                continue
            }
            offset += 1
            while offset < type.count, type[offset].isBlankOrLineEnd { offset += 1 }
            guard type.extracting(offset..<type.count).hasPrefixIgnoringASCIICase("boundary=") else { continue }
            offset += 9
            let isQuoted = offset < type.count && type[offset] == UInt8(ascii: "\"")
            if isQuoted { offset += 1 }
            var end = offset
            while end < type.count, type[end] != UInt8(ascii: "\""), isQuoted || type[end] != UInt8(ascii: ";") {
                end += 1
            }
            let range = offset..<end
            return range.isEmpty ? nil : range
        }
        return nil
    }

    /// `--boundary`, perhaps `--boundary--`, perhaps padded (RFC 2046 §5.1.1).
    private static func isDelimiter(_ line: Span<UInt8>, _ boundary: Span<UInt8>) -> Bool {
        guard line.count >= boundary.count + 2, line[0] == UInt8(ascii: "-"), line[1] == UInt8(ascii: "-") else {
            return false
        }
        for index in boundary.indices where line[index + 2] != boundary[index] { return false }
        for index in boundary.count + 2..<line.count {
            guard line[index].isBlankOrLineEnd || line[index] == UInt8(ascii: "-") else { return false }
        }
        return true
    }
}
