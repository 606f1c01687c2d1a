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
        var session: [SDPLine] = []
        session.reserveCapacity(8)
        var media: [MediaDescription] = []
        var origin: Origin?
        var connection: ConnectionData?

        while let line = try nextLine() {
            if session.isEmpty {
                guard line.type == UInt8(ascii: "v"), line.value.elementsEqual(CollectionOfOne(UInt8(ascii: "0")))
                else {
                    throw error(.unsupportedVersion, at: line)
                }
                session.append(line)
                continue
            }
            switch line.type {
            case UInt8(ascii: "m"):
                media.append(try mediaDescription(line, after: media.count))
                continue
            case UInt8(ascii: "v"), UInt8(ascii: "s"):
                let isSecond = session.contains { $0.type == line.type }
                if isSecond || !media.isEmpty { throw error(.misplaced(line.character), at: line) }
            case UInt8(ascii: "o"):
                if origin != nil || !media.isEmpty { throw error(.misplaced("o"), at: line) }
                guard let parsed = Origin(parsing: line.value) else { throw error(.malformed("o"), at: line) }
                origin = parsed
            case UInt8(ascii: "c"):
                guard let parsed = ConnectionData(parsing: line.value) else { throw error(.malformed("c"), at: line) }
                if media.isEmpty {
                    connection = connection ?? parsed
                } else {
                    media[media.count - 1].adopt(connection: parsed)
                }
            case .letterA:
                attributeCount += 1
                if attributeCount > limits.attributes {
                    throw error(.tooManyAttributes(limit: limits.attributes), at: line)
                }
            default:
                break
            }
            if media.isEmpty {
                session.append(line)
            } else {
                media[media.count - 1].adopt(line: line)
            }
        }

        if session.isEmpty { throw SDPParseError(.empty, line: 1, offset: 0) }
        guard let origin else { throw SDPParseError(.missing("o"), line: lineNumber, offset: offset) }
        return SessionDescription(
            original: bytes,
            lines: SDPLineList(session),
            origin: origin,
            connection: connection,
            media: media
        )
    }

    /// The next line; `nil` at the end. Ends with CRLF or LF, the last one also with the body. Empty lines are
    /// passed over at the end of the body only.
    private mutating func nextLine() throws(SDPParseError) -> SDPLine? {
        guard offset < bytes.count else { return nil }
        lineNumber += 1
        let start = offset
        var end = start
        var hasNUL = false
        var carriageReturns = 0
        while end < bytes.count, bytes[end] != .lineFeed {
            if bytes[end] == 0 { hasNUL = true }
            if bytes[end] == .carriageReturn { carriageReturns += 1 }
            end += 1
        }
        offset = end < bytes.count ? end + 1 : end
        if end > start, bytes[end - 1] == .carriageReturn {
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
        guard end - start >= 2, bytes[start].isLowercaseLetter, bytes[start + 1] == .equals else {
            throw SDPParseError(.notALine, line: lineNumber, offset: start)
        }
        return SDPLine(type: bytes[start], value: bytes[(start + 2)..<end])
    }

    /// `m=<media> <port>[/<count>] <proto> <fmt> …` (RFC 8866 §5.14).
    private func mediaDescription(_ line: SDPLine, after count: Int) throws(SDPParseError) -> MediaDescription {
        if count >= limits.mediaDescriptions {
            throw error(.tooManyMediaDescriptions(limit: limits.mediaDescriptions), at: line)
        }
        // Every part is made of tokens (RFC 8866 §9), and so of ASCII.
        guard line.value.allSatisfy({ $0 < 0x80 }) else { throw error(.malformed("m"), at: line) }
        let fields = line.value.fields(atMost: limits.formats + 4)
        guard fields.count >= 4 else { throw error(.malformed("m"), at: line) }
        if fields.count - 3 > limits.formats { throw error(.tooManyFormats(limit: limits.formats), at: line) }

        let ports = fields[1].split(separator: .slash, maxSplits: 1, omittingEmptySubsequences: false)
        guard let portField = ports.first, portField.allSatisfy(\.isDigit), !portField.isEmpty else {
            throw error(.malformed("m"), at: line)
        }
        guard let port = portField.number(UInt16.self) else {
            throw SDPParseError(.numberOutOfRange, line: lineNumber, offset: portField.startIndex)
        }
        var portCount: UInt16 = 1
        if ports.count == 2 {
            guard let number = ports[1].number(UInt16.self), number > 0 else {
                throw SDPParseError(.numberOutOfRange, line: lineNumber, offset: ports[1].startIndex)
            }
            portCount = number
        }
        return MediaDescription(
            kind: fields[0].text,
            port: port,
            portCount: portCount,
            transportProtocol: fields[2].text,
            formats: fields[3...].map(\.text)
        )
    }

    private func error(_ fault: SDPParseError.Fault, at line: SDPLine) -> SDPParseError {
        SDPParseError(fault, line: lineNumber, offset: line.value.startIndex - 2)
    }
}

extension SDPLine {
    fileprivate var character: Character { Character(UnicodeScalar(type)) }
}
