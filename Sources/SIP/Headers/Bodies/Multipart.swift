/// The parts of a multipart body (RFC 2046 §5.1), each with its own header fields. Parts that are multipart
/// themselves are read as well.
///
/// Takes one pass over the body for each level.
public struct Multipart: Sendable, Hashable {
    public struct Part: Sendable, Hashable {
        /// Content-Type, Content-Disposition, Content-ID, ...
        public var headers: SIPHeaders
        public var body: [UInt8]
        /// The parts of this part when it is multipart itself.
        public var nested: Multipart?

        /// `text/plain` when the part does not say (RFC 2046 §5.1), `nil` when the field is malformed.
        public var contentType: MediaType? {
            headers.contains(.contentType) ? try? headers.contentType() : MediaType("text", "plain")
        }

        /// A part to be sent.
        public init(_ type: MediaType, _ body: [UInt8]) {
            headers = SIPHeaders()
            headers.append(.contentType, type)
            self.body = body
        }

        init(headers: SIPHeaders, body: [UInt8]) {
            self.headers = headers
            self.body = body
        }
    }

    public internal(set) var parts: [Part]

    /// - Throws: ``MultipartError``.
    public init(
        parsing body: [UInt8],
        contentType: MediaType,
        limits: MultipartLimits = MultipartLimits()
    ) throws(MultipartError) {
        var remaining = limits.parts
        try self.init(body, contentType, depth: 1, remaining: &remaining, limits)
    }

    private init(
        _ body: [UInt8],
        _ contentType: MediaType,
        depth: Int,
        remaining: inout Int,
        _ limits: MultipartLimits
    ) throws(MultipartError) {
        guard depth <= limits.depth else { throw .tooDeep(limit: limits.depth) }
        guard contentType.isMultipart, let boundary = contentType.boundary else { throw .missingBoundary }
        parts = []
        for range in try Self.partRanges(body, delimiter: Array("--\(boundary)".utf8), limit: remaining) {
            remaining -= 1
            guard remaining >= 0 else { throw .tooManyParts(limit: limits.parts) }
            var part = try Self.part(body, range, limits)
            if let type = part.contentType, type.isMultipart {
                part.nested = try Multipart(part.body, type, depth: depth + 1, remaining: &remaining, limits)
            }
            parts.append(part)
        }
        guard !parts.isEmpty else { throw .noParts }
    }

    /// Parts to be sent.
    public init(_ parts: [Part]) { self.parts = parts }

    /// The body and its Content-Type. Nested parts are written from their ``Part/body``.
    ///
    /// - Parameters:
    ///   - subtype: `mixed` where the parts stand side by side (RFC 2046 §5.1.3).
    ///   - boundary: 1...70 characters (§5.1.1); another one takes its place if a part contains it.
    public func serialized(_ subtype: String = "mixed", boundary: String) -> (type: MediaType, body: [UInt8]) {
        let boundary = MultipartBoundary.choose(boundary, for: parts)
        var body: [UInt8] = []
        for part in parts {
            body += "--\(boundary)\r\n".utf8
            part.headers.serialize(into: &body)
            body += "\r\n".utf8
            body += part.body
            body += "\r\n".utf8
        }
        body += "--\(boundary)--\r\n".utf8
        var parameters = ParameterList()
        parameters.setQuoted("boundary", boundary)
        return (MediaType("multipart", subtype, parameters: parameters), body)
    }

    /// Every part that is not multipart itself, in the order of the body.
    public var leaves: [Part] { parts.flatMap { part in part.nested?.leaves ?? [part] } }

    /// The first part of a media type, at any depth.
    public func first(_ type: String, _ subtype: String) -> Part? {
        for part in parts {
            if part.contentType?.isType(type, subtype) == true { return part }
            if let found = part.nested?.first(type, subtype) { return found }
        }
        return nil
    }

    /// What stands between two delimiters, without the line end that belongs to the second one.
    private static func partRanges(
        _ body: [UInt8],
        delimiter: [UInt8],
        limit: Int
    ) throws(MultipartError) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var partStart: Int?
        var line = 0
        while line < body.count {
            let end = body[line...].firstIndex(of: .lineFeed) ?? body.count
            if let isLast = isDelimiter(body[line..<end], delimiter) {
                if let start = partStart {
                    var partEnd = line
                    if partEnd > start, body[partEnd - 1] == .lineFeed { partEnd -= 1 }
                    if partEnd > start, body[partEnd - 1] == .carriageReturn { partEnd -= 1 }
                    ranges.append(start..<partEnd)
                    guard ranges.count <= limit else { throw .tooManyParts(limit: limit) }
                }
                if isLast { return ranges }
                partStart = min(end + 1, body.count)
            }
            line = end + 1
        }
        throw partStart == nil ? .noParts : .truncated
    }

    /// Whether a line is the delimiter, and then whether it ends the body; white space may follow it.
    private static func isDelimiter(_ line: ArraySlice<UInt8>, _ delimiter: [UInt8]) -> Bool? {
        guard line.starts(with: delimiter) else { return nil }
        var rest = line.dropFirst(delimiter.count)
        let isLast = rest.starts(with: [0x2D, 0x2D])
        if isLast { rest = rest.dropFirst(2) }
        return rest.allSatisfy(\.isLinearWhitespace) ? isLast : nil
    }

    private static func part(
        _ body: [UInt8],
        _ range: Range<Int>,
        _ limits: MultipartLimits
    ) throws(MultipartError) -> Part {
        var headers = SIPHeaders()
        // The field that may go on in the next line.
        var field: (name: HeaderName, value: [UInt8])?
        var offset = range.lowerBound
        while offset < range.upperBound {
            let end = body[offset..<range.upperBound].firstIndex(of: .lineFeed) ?? range.upperBound
            var line = offset..<end
            if !line.isEmpty, body[line.upperBound - 1] == .carriageReturn {
                line = line.lowerBound..<line.upperBound - 1
            }
            offset = min(end + 1, range.upperBound)
            if line.isEmpty { break }
            guard offset - range.lowerBound <= limits.headerSection else { throw .malformedHeader }
            if body[line.lowerBound].isLinearWhitespace, field != nil {
                field?.value.append(.space)
                field?.value += body[line].drop { $0.isLinearWhitespace }
                continue
            }
            guard let colon = line.first(where: { body[$0] == .colon }), colon > line.lowerBound,
                body[line.lowerBound..<colon].allSatisfy(\.isTokenCharacter), headers.count + 1 < limits.parts
            else { throw .malformedHeader }
            if let field { headers.append(field.name, String(decoding: field.value, as: UTF8.self)) }
            let value = body[colon + 1..<line.upperBound].drop { $0.isLinearWhitespace }
            field = (HeaderName(body.span.string(line.lowerBound..<colon)), Array(value))
        }
        if let field { headers.append(field.name, String(decoding: field.value, as: UTF8.self)) }
        return Part(headers: headers, body: Array(body[offset..<range.upperBound]))
    }
}

extension SIPHeaders {
    /// The parts of the body that these fields describe, whatever its type: a body that is not multipart is its only
    /// part. One without Content-Type is of type `assumed` (RFC 3261 §20.15 wants it to be stated).
    ///
    /// - Throws: ``MultipartError``; ``MultipartError/malformedHeader`` for a Content-Type that does not parse.
    public func bodyParts(
        of body: [UInt8],
        assuming assumed: MediaType,
        limits: MultipartLimits = MultipartLimits()
    ) throws(MultipartError) -> Multipart {
        guard !body.isEmpty else { return Multipart([]) }
        let type: MediaType
        do {
            type = try contentType() ?? assumed
        } catch {
            throw .malformedHeader
        }
        guard type.isMultipart else { return Multipart([Multipart.Part(type, body)]) }
        return try Multipart(parsing: body, contentType: type, limits: limits)
    }
}

extension SIPMessage {
    /// The parts of the body; `nil` when it is not multipart.
    ///
    /// - Throws: ``MultipartError``.
    public func multipart(limits: MultipartLimits = MultipartLimits()) throws(MultipartError) -> Multipart? {
        guard let type = try? headers.contentType(), type.isMultipart else { return nil }
        return try Multipart(parsing: body, contentType: type, limits: limits)
    }
}
