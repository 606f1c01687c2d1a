/// Cuts a byte stream (TCP, TLS) into messages by `Content-Length` (RFC 3261 §18.3) and tells keep-alives apart
/// (RFC 5626 §3.5.1).
///
/// Each octet is looked at a bounded number of times, however the stream is split.
public struct StreamFramer: Sendable {
    public enum Frame: Sendable, Hashable {
        case message(SIPMessage)
        /// CR LF CR LF: answer with one CR LF.
        case ping
        /// One CR LF.
        case pong
    }

    /// A header section that is complete while its body is not.
    private struct Head: Sendable {
        let section: HeaderSection
        let headers: SIPHeaders
        let bodyLength: Int
    }

    private var buffer: [UInt8] = []
    /// Octets before this one have been given out.
    private var start = 0
    /// Octets between `start` and this one hold no end of a header section.
    private var searched = 0
    private var head: Head?
    /// One CR LF was given out as a pong; a second one right behind it makes the two a ping.
    private var hasLoneLineEnd = false
    private let limits: SIPLimits

    public init(limits: SIPLimits = SIPLimits()) {
        self.limits = limits
    }

    /// Octets that wait for the rest of their message.
    public var pendingOctets: Int { buffer.count - start }

    /// Whether the header section of the next message is complete while its body is not.
    public var isReadingBody: Bool { head != nil }

    /// What has been taken in and not been given out yet; after an error, the octets at fault.
    public var pending: [UInt8] { Array(buffer[start...]) }

    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            searched -= start
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next complete frame; `nil` when more octets are needed.
    ///
    /// - Throws: ``SIPParseError``; the stream cannot be resynchronised and must be closed, after an answer if one
    ///   is possible.
    public mutating func next() throws(SIPParseError) -> Frame? {
        if head == nil {
            if isLineEnd(at: start) { return keepAlive() }
            head = try nextHead()
        }
        guard let head, pendingOctets >= head.section.end + head.bodyLength else { return nil }
        let bodyStart = start + head.section.end
        let body = Array(buffer[bodyStart..<bodyStart + head.bodyLength])
        let message = SIPMessage(head.section.startLine, head.headers, body: body)
        self.head = nil
        hasLoneLineEnd = false
        consume(head.section.end + head.bodyLength)
        return .message(message)
    }

    private mutating func nextHead() throws(SIPParseError) -> Head? {
        guard let end = endOfHeaderSection() else {
            guard pendingOctets <= limits.headerSection else {
                throw SIPParseError(.tooLong(limit: limits.headerSection))
            }
            return nil
        }
        let bytes = Array(buffer[start..<end])
        var fields = SIPHeaders.Table()
        let section = try HeaderSection(bytes.span, limits: limits, into: &fields)
        guard let length = section.contentLength else {
            throw SIPParseError(.missing, field: .contentLength)
        }
        guard bytes.count + length <= limits.message else { throw SIPParseError(.tooLong(limit: limits.message)) }
        return Head(section: section, headers: SIPHeaders(bytes: bytes, consume fields), bodyLength: length)
    }

    private func isLineEnd(at offset: Int) -> Bool {
        offset + 1 < buffer.count && buffer[offset] == .carriageReturn && buffer[offset + 1] == .lineFeed
    }

    /// The CR LF that was given out as a ``Frame/pong`` answers a ping of ours: the next one is not the rest of a ping of
    /// the peer.
    public mutating func acceptPong() { hasLoneLineEnd = false }

    private mutating func keepAlive() -> Frame? {
        if hasLoneLineEnd {
            hasLoneLineEnd = false
            consume(2)
            return .ping
        }
        if pendingOctets == 3, buffer[start + 2] == .carriageReturn { return nil }
        if isLineEnd(at: start + 2) {
            consume(4)
            return .ping
        }
        hasLoneLineEnd = true
        consume(2)
        return .pong
    }

    private mutating func endOfHeaderSection() -> Int? {
        var index = max(start, searched - 3)
        let end = Self.endOfHeaderSection(buffer.span, &index)
        searched = index
        return end
    }

    /// Looks from `index` on and leaves it where the next search has to start.
    private static func endOfHeaderSection(_ span: Span<UInt8>, _ index: inout Int) -> Int? {
        let last = span.count - 3
        while index < last {
            index = span.firstOffset(of: .carriageReturn, in: index..<last)
            guard index < last else { break }
            if span[index + 1] == .lineFeed, span[index + 2] == .carriageReturn, span[index + 3] == .lineFeed {
                return index + 4
            }
            index += 1
        }
        index = span.count
        return nil
    }

    private mutating func consume(_ count: Int) {
        start += count
        searched = start
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            start = 0
            searched = 0
        }
    }
}
