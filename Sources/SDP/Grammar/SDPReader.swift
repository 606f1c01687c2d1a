/// Cuts a body into lines and lines into a ``SessionDescription``: one pass, nothing copied.
struct SDPReader {
    /// What a description is made of.
    struct Parts {
        /// The lines before the first `m=`.
        let session: [SDPLineList.Place]
        let origin: SDPLineList.Place
        let connection: SDPLineList.Place?
        let media: [MediaDescription]
    }

    private let limits: SDPLimits
    private var offset = 0
    private var lineNumber = 0
    private var attributeCount = 0

    init(limits: SDPLimits) {
        self.limits = limits
    }

    mutating func read(_ bytes: [UInt8]) throws(SDPParseError) -> Parts {
        guard bytes.count <= limits.bodyBytes else {
            throw SDPParseError(.bodyTooLong(limit: limits.bodyBytes), line: 1, offset: limits.bodyBytes)
        }
        let span = bytes.span
        // The lines of the part that is being read, and the stream that it belongs to.
        var places: [SDPLineList.Place] = []
        var stream: MediaLine?
        var streamConnection: SDPLineList.Place?
        var session: [SDPLineList.Place]?
        var media: [MediaDescription] = []
        var origin: SDPLineList.Place?
        var connection: SDPLineList.Place?
        var hasName = false

        while let line = try nextLine(span) {
            if lineNumber == 1 {
                guard line.type == UInt8(ascii: "v"), line.value.count == 1, span[line.value.lowerBound] == 0x30
                else {
                    throw error(.unsupportedVersion, at: line)
                }
                places.reserveCapacity(12)
                places.append(line)
                continue
            }
            let isSession = session == nil
            switch line.type {
            case UInt8(ascii: "m"):
                let next = try mediaLine(line, span, after: media.count + (isSession ? 0 : 1))
                if let stream {
                    media.append(MediaDescription(stream, places, connection: streamConnection, in: bytes))
                } else {
                    session = places
                }
                stream = next
                streamConnection = nil
                places = []
                places.reserveCapacity(32)
                continue
            case UInt8(ascii: "v"):
                throw error(.misplaced("v"), at: line)
            case UInt8(ascii: "s"):
                if hasName || !isSession { throw error(.misplaced("s"), at: line) }
                hasName = true
            case UInt8(ascii: "o"):
                if origin != nil || !isSession { throw error(.misplaced("o"), at: line) }
                guard Origin.Places(line.value, in: span) != nil else { throw error(.malformed("o"), at: line) }
                origin = line
            case UInt8(ascii: "c"):
                guard ConnectionData.Places(line.value, in: span) != nil else {
                    throw error(.malformed("c"), at: line)
                }
                // Of several the first counts.
                if isSession {
                    connection = connection ?? line
                } else {
                    streamConnection = streamConnection ?? line
                }
            case .letterA:
                attributeCount += 1
                if attributeCount > limits.attributes {
                    throw error(.tooManyAttributes(limit: limits.attributes), at: line)
                }
            default:
                break
            }
            places.append(line)
        }
        if let stream {
            media.append(MediaDescription(stream, places, connection: streamConnection, in: bytes))
        } else {
            session = places
        }

        guard let session, !session.isEmpty else {
            throw SDPParseError(.empty, line: 1, offset: 0)
        }
        guard let origin else { throw SDPParseError(.missing("o"), line: lineNumber, offset: offset) }
        return Parts(session: session, origin: origin, connection: connection, media: media)
    }

    /// The next line; `nil` at the end. Ends with CRLF or LF, the last one also with the body. Empty lines are
    /// passed over at the end of the body only.
    @inline(__always)
    private mutating func nextLine(_ span: Span<UInt8>) throws(SDPParseError) -> SDPLineList.Place? {
        let start = offset
        guard start < span.count else { return nil }
        lineNumber += 1
        let end = span.firstControl(in: start..<span.count)
        guard end + 1 < span.count, span[end] == .carriageReturn, span[end + 1] == .lineFeed, end > start else {
            return try nextUnusualLine(span)
        }
        offset = end + 2
        return try place(start..<end, span)
    }

    /// A line that does not end with CRLF, is empty or holds a control character.
    private mutating func nextUnusualLine(_ span: Span<UInt8>) throws(SDPParseError) -> SDPLineList.Place? {
        let start = offset
        var end = start
        var hasNUL = false
        var carriageReturns = 0
        while true {
            end = span.firstControl(in: end..<span.count)
            guard end < span.count, span[end] != .lineFeed else { break }
            if span[end] == .carriageReturn, end + 1 < span.count, span[end + 1] == .lineFeed {
                carriageReturns += 1
                end += 1
                break
            }
            if span[end] == 0 { hasNUL = true }
            if span[end] == .carriageReturn { carriageReturns += 1 }
            end += 1
        }
        offset = end < span.count ? end + 1 : end
        if end > start, span[end - 1] == .carriageReturn {
            end -= 1
            carriageReturns -= 1
        }
        if end == start {
            for index in start..<span.count where span[index] != .carriageReturn && span[index] != .lineFeed {
                throw SDPParseError(.notALine, line: lineNumber, offset: start)
            }
            offset = span.count
            return nil
        }
        if hasNUL || carriageReturns > 0 { throw SDPParseError(.controlCharacter, line: lineNumber, offset: start) }
        return try place(start..<end, span)
    }

    @inline(__always)
    private func place(_ line: Range<Int>, _ span: Span<UInt8>) throws(SDPParseError) -> SDPLineList.Place {
        let start = line.lowerBound
        if line.count > limits.lineBytes {
            throw SDPParseError(.lineTooLong(limit: limits.lineBytes), line: lineNumber, offset: start)
        }
        guard line.count >= 2, span[start].isLowercaseLetter, span[start + 1] == .equals else {
            throw SDPParseError(.notALine, line: lineNumber, offset: start)
        }
        return SDPLineList.Place(type: span[start], value: start + 2..<line.upperBound)
    }

    /// `m=<media> <port>[/<count>] <proto> <fmt> …` (RFC 8866 §5.14).
    private func mediaLine(
        _ line: SDPLineList.Place,
        _ span: Span<UInt8>,
        after count: Int
    ) throws(SDPParseError) -> MediaLine {
        if count >= limits.mediaDescriptions {
            throw error(.tooManyMediaDescriptions(limit: limits.mediaDescriptions), at: line)
        }
        let value = line.value
        // Every part is made of tokens (RFC 8866 §9), and so of ASCII.
        guard span.extracting(value).withUnsafeBufferPointer({ $0.reduce(0, |) }) < 0x80 else {
            throw error(.malformed("m"), at: line)
        }
        var fields = SDPFields(value, atMost: limits.formats + 4)
        guard let kind = fields.next(span), let ports = fields.next(span), let proto = fields.next(span),
            let firstFormat = fields.next(span)
        else { throw error(.malformed("m"), at: line) }
        var lastFormat = firstFormat
        var formats = 1
        while let format = fields.next(span) {
            lastFormat = format
            formats += 1
        }
        if formats > limits.formats { throw error(.tooManyFormats(limit: limits.formats), at: line) }

        let slash = ports.first { span[$0] == .slash }
        let portField = ports.lowerBound..<(slash ?? ports.upperBound)
        guard !portField.isEmpty, portField.allSatisfy({ span[$0].isDigit }) else {
            throw error(.malformed("m"), at: line)
        }
        guard let port = span.number(portField, as: UInt16.self) else {
            throw SDPParseError(.numberOutOfRange, line: lineNumber, offset: portField.lowerBound)
        }
        var portCount: UInt16 = 1
        if let slash {
            guard let number = span.number(slash + 1..<ports.upperBound, as: UInt16.self), number > 0 else {
                throw SDPParseError(.numberOutOfRange, line: lineNumber, offset: slash + 1)
            }
            portCount = number
        }
        return MediaLine(
            kind: kind,
            port: port,
            portCount: portCount,
            transportProtocol: proto,
            formats: firstFormat.lowerBound..<lastFormat.upperBound
        )
    }

    private func error(_ fault: SDPParseError.Fault, at line: SDPLineList.Place) -> SDPParseError {
        SDPParseError(fault, line: lineNumber, offset: line.value.lowerBound - 2)
    }
}

/// The numbers of an `m=` line and where its texts lie.
struct MediaLine {
    let kind: Range<Int>
    let port: UInt16
    let portCount: UInt16
    let transportProtocol: Range<Int>
    /// All of them, with spaces between them.
    let formats: Range<Int>
}
