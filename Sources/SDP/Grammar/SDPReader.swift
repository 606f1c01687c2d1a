/// Cuts a body into lines and lines into a ``SessionDescription``: one pass, nothing copied.
struct SDPReader {
    private let bytes: [UInt8]
    private let limits: SDPLimits
    private var offset = 0
    private var lineNumber = 0
    private var attributeCount = 0

    init(_ bytes: [UInt8], limits: SDPLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func read() throws(SDPParseError) -> SessionDescription {
        guard bytes.count <= limits.bodyBytes else {
            throw SDPParseError(.bodyTooLong(limit: limits.bodyBytes), line: 1, offset: limits.bodyBytes)
        }
        // The lines of the part that is being read.
        var places: [SDPLineList.Place] = []
        var session: SDPLineList?
        var media: [MediaDescription] = []
        var origin: Origin?
        var connection: ConnectionData?
        var hasName = false
        var hasOrigin = false
        var hasConnection = false

        while let line = try nextLine() {
            if lineNumber == 1 {
                guard line.type == UInt8(ascii: "v"), line.value.count == 1, bytes[line.value.lowerBound] == 0x30
                else {
                    throw error(.unsupportedVersion, at: line)
                }
                places.reserveCapacity(8)
                places.append(line)
                continue
            }
            switch line.type {
            case UInt8(ascii: "m"):
                let description = try mediaDescription(line, after: media.count)
                close(&places, &session, &media)
                media.append(description)
                places.reserveCapacity(32)
                continue
            case UInt8(ascii: "v"):
                throw error(.misplaced("v"), at: line)
            case UInt8(ascii: "s"):
                if hasName || !media.isEmpty { throw error(.misplaced("s"), at: line) }
                hasName = true
            case UInt8(ascii: "o"):
                if hasOrigin || !media.isEmpty { throw error(.misplaced("o"), at: line) }
                guard let parsed = Origin(parsing: line.value, in: bytes.span) else {
                    throw error(.malformed("o"), at: line)
                }
                origin = parsed
                hasOrigin = true
            case UInt8(ascii: "c"):
                guard let parsed = ConnectionData(parsing: line.value, in: bytes.span) else {
                    throw error(.malformed("c"), at: line)
                }
                if !media.isEmpty {
                    media[media.count - 1].adopt(connection: parsed)
                } else if !hasConnection {
                    connection = parsed
                    hasConnection = true
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
        close(&places, &session, &media)

        guard let session, !session.places.isEmpty else {
            throw SDPParseError(.empty, line: 1, offset: 0)
        }
        guard let origin else { throw SDPParseError(.missing("o"), line: lineNumber, offset: offset) }
        return SessionDescription(
            original: bytes,
            lines: session,
            origin: origin,
            connection: connection,
            media: media
        )
    }

    /// Gives the lines read so far to the part that they belong to.
    private func close(
        _ places: inout [SDPLineList.Place],
        _ session: inout SDPLineList?,
        _ media: inout [MediaDescription]
    ) {
        let lines = SDPLineList(octets: bytes, places: places)
        places = []
        if media.isEmpty { session = lines } else { media[media.count - 1].adopt(lines: lines) }
    }

    /// The next line; `nil` at the end. Ends with CRLF or LF, the last one also with the body. Empty lines are
    /// passed over at the end of the body only.
    private mutating func nextLine() throws(SDPParseError) -> SDPLineList.Place? {
        guard offset < bytes.count else { return nil }
        let bytes = bytes
        let span = bytes.span
        lineNumber += 1
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
            if bytes[start...].allSatisfy({ $0 == .carriageReturn || $0 == .lineFeed }) {
                offset = bytes.count
                return nil
            }
            throw SDPParseError(.notALine, line: lineNumber, offset: start)
        }
        if hasNUL || carriageReturns > 0 { throw SDPParseError(.controlCharacter, line: lineNumber, offset: start) }
        if end - start > limits.lineBytes {
            throw SDPParseError(.lineTooLong(limit: limits.lineBytes), line: lineNumber, offset: start)
        }
        guard end - start >= 2, span[start].isLowercaseLetter, span[start + 1] == .equals else {
            throw SDPParseError(.notALine, line: lineNumber, offset: start)
        }
        return SDPLineList.Place(type: span[start], value: start + 2..<end)
    }

    /// `m=<media> <port>[/<count>] <proto> <fmt> …` (RFC 8866 §5.14).
    private func mediaDescription(
        _ line: SDPLineList.Place,
        after count: Int
    ) throws(SDPParseError) -> MediaDescription {
        if count >= limits.mediaDescriptions {
            throw error(.tooManyMediaDescriptions(limit: limits.mediaDescriptions), at: line)
        }
        let span = bytes.span
        let value = line.value
        // Every part is made of tokens (RFC 8866 §9), and so of ASCII.
        for index in value where span[index] >= 0x80 { throw error(.malformed("m"), at: line) }
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
        return MediaDescription(
            kind: span.text(kind),
            port: port,
            portCount: portCount,
            transportProtocol: span.text(proto),
            formats: firstFormat.lowerBound..<lastFormat.upperBound,
            in: bytes
        )
    }

    private func error(_ fault: SDPParseError.Fault, at line: SDPLineList.Place) -> SDPParseError {
        SDPParseError(fault, line: lineNumber, offset: line.value.lowerBound - 2)
    }
}
