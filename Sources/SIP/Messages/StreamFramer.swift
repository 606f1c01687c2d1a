/// Cuts a byte stream (TCP, TLS) into messages by `Content-Length` (RFC 3261 §18.3) and tells keep-alives apart
/// (RFC 5626 §3.5.1).
public struct StreamFramer: Sendable {
    public enum Frame: Sendable, Hashable {
        case message(SIPMessage)
        /// CR LF CR LF: answer with one CR LF.
        case ping
        /// One CR LF.
        case pong
    }

    private var buffer: [UInt8] = []
    /// Octets before this one hold no end of a header section.
    private var searched = 0
    private let limits: SIPLimits

    public init(limits: SIPLimits = SIPLimits()) {
        self.limits = limits
    }

    /// Octets that wait for the rest of their message.
    public var pendingOctets: Int { buffer.count }

    /// What has been taken in and not been given out yet; after an error, the octets at fault.
    public var pending: [UInt8] { buffer }

    public mutating func append(_ bytes: some Sequence<UInt8>) {
        buffer.append(contentsOf: bytes)
    }

    /// The next complete frame; `nil` when more octets are needed.
    ///
    /// - Throws: ``SIPParseError``; the stream cannot be resynchronised and must be closed, after an answer if one
    ///   is possible.
    public mutating func next() throws(SIPParseError) -> Frame? {
        if buffer.count >= 2, buffer[0] == .carriageReturn, buffer[1] == .lineFeed {
            if buffer.count == 3, buffer[2] == .carriageReturn { return nil }
            if buffer.count >= 4, buffer[2] == .carriageReturn, buffer[3] == .lineFeed {
                discard(4)
                return .ping
            }
            discard(2)
            return .pong
        }
        guard let headEnd = endOfHeaderSection() else {
            guard buffer.count <= limits.headerSection else {
                throw SIPParseError(.tooLong(limit: limits.headerSection))
            }
            return nil
        }
        let section = try HeaderSection(Array(buffer[..<headEnd]), limits: limits)
        guard let length = try section.contentLength(in: buffer) else {
            throw SIPParseError(.missing, field: .contentLength)
        }
        guard headEnd + length <= limits.message else { throw SIPParseError(.tooLong(limit: limits.message)) }
        guard buffer.count >= headEnd + length else { return nil }
        let head = Array(buffer[..<headEnd])
        let message = try SIPMessage(section, bytes: head, body: Array(buffer[headEnd..<headEnd + length]))
        discard(headEnd + length)
        return .message(message)
    }

    private mutating func endOfHeaderSection() -> Int? {
        var index = max(0, searched - 3)
        let end = Self.endOfHeaderSection(buffer.span, &index)
        searched = index
        return end
    }

    /// Looks from `index` on and leaves it where the next search has to start.
    private static func endOfHeaderSection(_ span: Span<UInt8>, _ index: inout Int) -> Int? {
        while index + 3 < span.count {
            if span[index] == .carriageReturn, span[index + 1] == .lineFeed, span[index + 2] == .carriageReturn,
                span[index + 3] == .lineFeed
            {
                return index + 4
            }
            index += 1
        }
        index = span.count
        return nil
    }

    private mutating func discard(_ count: Int) {
        buffer.removeFirst(count)
        searched = 0
    }
}
