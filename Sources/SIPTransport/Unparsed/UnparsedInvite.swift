import SIP

/// A new INVITE of which no more has been read than its refusal needs: under overload, what a refused call costs is
/// taken from those that are served.
struct UnparsedInvite {
    /// Lines that a response repeats (RFC 3261 §8.2.6.2), in their order.
    private static let mostLines = 16

    private var lines = InlineArray<16, Line>(repeating: Line(start: 0, end: 0))
    private var lineCount = 0
    private var topVia = TopVia()
    private var toLine = 0
    private var found = Required()
    /// Tells the request from others, and is the same when it comes again: a hash of its topmost Via.
    private(set) var key: UInt64 = 0

    /// Octets of messages that are refused so: a shorter one would get much more back than it is, a longer one is none
    /// that many send.
    static let sizes = 200...8_192

    /// Takes note of a line that the response repeats.
    ///
    /// - Parameter line: Of a message of one of ``sizes``. A To has no tag.
    /// - Returns: `false` if the message wants a closer look: a field comes twice, or there is a Via in unusual
    ///   spelling or whose sender has overload control of its own.
    mutating func add(_ line: Slice<UnsafeRawBufferPointer>, _ field: OutlineField) -> Bool {
        let isFirst = found.add(field)
        switch field {
        case .via where isFirst:
            guard let value = line.fieldValue, let via = TopVia(value) else { return false }
            topVia = via
            key = UnsafeRawBufferPointer(rebasing: value).withMemoryRebound(to: UInt8.self) {
                SIPResponse.statelessHash(via: $0.span)
            }
        case .via: break
        default: guard isFirst else { return false }
        }
        if field == .to {
            // A tag is written behind it, and what we write has no DEL, which the parser lets in.
            guard let last = line.last, last != 0x20, last != 0x09, line.offset(of: 0x7F) == nil else { return false }
            toLine = lineCount
        }
        guard lineCount < Self.mostLines else { return false }
        lines[lineCount] = Line(
            start: UInt16(truncatingIfNeeded: line.startIndex), end: UInt16(truncatingIfNeeded: line.endIndex))
        lineCount += 1
        return true
    }

    /// Whether the refusal has what it needs: its fields, and a port to go to.
    var isComplete: Bool { found == .all && (topVia.rport != nil || topVia.port != 0) }

    /// The port that a response goes to (RFC 3261 §18.2.2, RFC 3581 §4).
    ///
    /// - Parameter port: Of where the request came from.
    func replyPort(from port: UInt16) -> UInt16 {
        topVia.rport == nil ? topVia.port ?? 5_060 : port
    }

    /// Octets that a refusal is a multiple of, so that many are of the same length.
    static let granularity = 64

    /// Appends 503 (Service Unavailable) without a transaction, as it is sent.
    ///
    /// - Parameters:
    ///   - retryAfter: Seconds.
    ///   - message: What the value was made from.
    ///   - address: Where it came from, in lower case and without brackets.
    ///   - port: The same.
    func writeRefusal(
        retryAfter: Int,
        of message: UnsafeRawBufferPointer,
        from address: String,
        _ port: UInt16,
        into output: inout [UInt8]
    ) {
        let start = output.count
        output.append("SIP/2.0 503 Service Unavailable\r\n")
        for index in 0..<lineCount {
            let line = lines[index].range
            if line.contains(topVia.host.lowerBound) {
                writeTopVia(line, of: message, from: address, port, into: &output)
            } else {
                output.append(contentsOf: message[line])
                if index == toLine {
                    output.append(";tag=")
                    output.append(SIPResponse.statelessTagPrefix)
                    output.append(hexadecimal: key)
                }
            }
            output.append("\r\n")
        }
        output.append("Retry-After: ")
        output.append(decimal: UInt64(retryAfter.magnitude))
        output.append("\r\nContent-Length:")
        let end: StaticString = " 0\r\n\r\n"
        // Any number of spaces may follow the colon (RFC 3261 §25.1, HCOLON).
        let excess = (output.count - start + end.utf8CodeUnitCount) % Self.granularity
        if excess > 0 { output.append(contentsOf: repeatElement(0x20, count: Self.granularity - excess)) }
        output.append(end)
    }

    /// With where the request came from, where its sender asks for that or says something else (RFC 3581 §4).
    private func writeTopVia(
        _ line: Range<Int>,
        of message: UnsafeRawBufferPointer,
        from address: String,
        _ port: UInt16,
        into output: inout [UInt8]
    ) {
        let own = address.utf8.span
        if let rport = topVia.rport {
            output.append(contentsOf: message[line.lowerBound..<rport])
            output.append("=")
            output.append(decimal: UInt64(port))
            output.append(contentsOf: message[rport..<line.upperBound])
        } else {
            output.append(contentsOf: message[line])
            if message[topVia.host].equalsIgnoringCase(own) { return }
        }
        output.append(";received=")
        output.append(own)
    }
}

extension UnparsedInvite {
    /// Where a line stands in the message.
    private struct Line {
        let start: UInt16
        let end: UInt16

        var range: Range<Int> { Int(start)..<Int(end) }
    }

    /// Fields that there has to be one of.
    private struct Required: OptionSet {
        let rawValue: UInt8

        /// - Returns: `false` if it is there already.
        mutating func add(_ field: OutlineField) -> Bool {
            let required = Self(field)
            guard isDisjoint(with: required) else { return false }
            formUnion(required)
            return true
        }

        private init(_ field: OutlineField) {
            switch field {
            case .from: self = .from
            case .to: self = .to
            case .callID: self = .callID
            case .cSeq: self = .cSeq
            case .via: self = .via
            case .contact, .resourcePriority: self = []
            }
        }

        init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        static let from = Required(rawValue: 1)
        static let to = Required(rawValue: 2)
        static let callID = Required(rawValue: 4)
        static let cSeq = Required(rawValue: 8)
        static let via = Required(rawValue: 16)
        static let all: Required = [.from, .to, .callID, .cSeq, .via]
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// - Parameter text: In lower case.
    fileprivate func equalsIgnoringCase(_ text: Span<UInt8>) -> Bool {
        guard count == text.count else { return false }
        for offset in text.indices {
            let octet = self[startIndex + offset]
            guard octet == text[offset] || 0x41...0x5A ~= octet && octet | 0x20 == text[offset] else { return false }
        }
        return true
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// As ``SIPResponse/statelessTag(hash:)`` writes it: in lower case, without leading zeros.
    fileprivate mutating func append(hexadecimal number: UInt64) {
        var shift = Swift.max(0, (63 - number.leadingZeroBitCount) / 4 * 4)
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: number >> shift) & 0xF
            append(digit + (digit < 10 ? 0x30 : 0x57))
            shift -= 4
        }
    }
}
