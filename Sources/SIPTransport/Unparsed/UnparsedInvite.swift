import SIP

/// A new INVITE of which no more has been read than its refusal needs: under overload, what a refused call costs is
/// taken from those that are served.
struct UnparsedInvite {
    /// Lines that a response repeats (RFC 3261 §8.2.6.2), in their order.
    private static let mostLines = 16

    private var lines = InlineArray<16, Range<Int>>(repeating: 0..<0)
    private var lineCount = 0
    private var topVia = TopVia()
    private var toLine = 0
    /// Tells the request from others, and is the same when it comes again: a hash of its topmost Via.
    private(set) var key: UInt64 = 0

    /// Octets of messages that are refused so: a shorter one would get much more back than it is, a longer one is none
    /// that many send.
    static let sizes = 200...8_192

    /// - Returns: `nil` for a message that wants a closer look: folded or missing fields, several Vias in one line, a
    ///   Via in unusual spelling, without a port to answer to, or whose sender has overload control of its own; a To
    ///   that may have a tag.
    init?(_ message: UnsafeRawBufferPointer) {
        guard Self.sizes.contains(message.count) else { return nil }
        var found = Required()
        var isFirst = true
        for line in HeaderLines(bytes: message) {
            guard !isFirst else {
                isFirst = false
                continue
            }
            guard let first = line.first, first != 0x20, first != 0x09 else { return nil }
            switch first | 0x20 {
            case 0x76 where line.isField("via", compact: "v"):
                guard found.add(.via) else { break }
                guard let value = line.fieldValue, let via = TopVia(value) else { return nil }
                topVia = via
                key = UnsafeRawBufferPointer(rebasing: value).withMemoryRebound(to: UInt8.self) {
                    SIPResponse.statelessHash(via: $0.span)
                }
            case 0x66 where line.isField("from", compact: "f"):
                guard found.add(.from) else { return nil }
            case 0x74 where line.isField("to", compact: "t"):
                guard found.add(.to), !line.mayHaveTag else { return nil }
                toLine = lineCount
            case 0x69 where line.isField("call-id", compact: "i"), 0x63 where line.isField("call-id", compact: nil):
                guard found.add(.callID) else { return nil }
            case 0x63 where line.isField("cseq", compact: nil):
                guard found.add(.cSeq) else { return nil }
            default:
                continue
            }
            guard lineCount < Self.mostLines else { return nil }
            lines[lineCount] = line.startIndex..<line.endIndex
            lineCount += 1
        }
        guard found == .all, topVia.rport != nil || topVia.port != 0 else { return nil }
    }

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
        output.append(contentsOf: "SIP/2.0 503 Service Unavailable\r\n".utf8)
        var isTopVia = true
        for index in 0..<lineCount {
            let line = lines[index]
            if isTopVia, topVia.range.lowerBound >= line.lowerBound, topVia.range.upperBound <= line.upperBound {
                isTopVia = false
                writeTopVia(line, of: message, from: address, port, into: &output)
            } else {
                output.append(contentsOf: message[line])
                if index == toLine { output.append(contentsOf: ";tag=\(SIPResponse.statelessTag(hash: key))".utf8) }
            }
            output.append(contentsOf: "\r\n".utf8)
        }
        output.append(contentsOf: "Retry-After: \(retryAfter)\r\nContent-Length:".utf8)
        let end = " 0\r\n\r\n"
        // Any number of spaces may follow the colon (RFC 3261 §25.1, HCOLON).
        let excess = (output.count - start + end.utf8.count) % Self.granularity
        if excess > 0 { output.append(contentsOf: repeatElement(0x20, count: Self.granularity - excess)) }
        output.append(contentsOf: end.utf8)
    }

    /// With where the request came from, where its sender asks for that or says something else (RFC 3581 §4).
    private func writeTopVia(
        _ line: Range<Int>,
        of message: UnsafeRawBufferPointer,
        from address: String,
        _ port: UInt16,
        into output: inout [UInt8]
    ) {
        if let rport = topVia.rport {
            output.append(contentsOf: message[line.lowerBound..<rport])
            output.append(contentsOf: "=\(port)".utf8)
            output.append(contentsOf: message[rport..<line.upperBound])
        } else {
            output.append(contentsOf: message[line])
            let host = message[topVia.host]
            if host.count == address.utf8.count, host.hasPrefixIgnoringCase(address) { return }
        }
        output.append(contentsOf: ";received=\(address)".utf8)
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Whether there is a parameter that looks like a tag, however it is spaced (RFC 3261 §25.1, SEMI and EQUAL).
    fileprivate var mayHaveTag: Bool {
        var start = startIndex
        while let semicolon = self[start...].firstIndex(of: UInt8(ascii: ";")) {
            let name = self[(semicolon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }.prefix(3)
            if name.elementsEqual("tag".utf8, by: { $0 | 0x20 == $1 }) { return true }
            start = semicolon + 1
        }
        return false
    }
}

extension UnparsedInvite {
    /// Fields that there has to be one of.
    private struct Required: OptionSet {
        let rawValue: UInt8

        /// - Returns: `false` if it is there already.
        mutating func add(_ field: Required) -> Bool {
            guard isDisjoint(with: field) else { return false }
            formUnion(field)
            return true
        }

        static let from = Required(rawValue: 1)
        static let to = Required(rawValue: 2)
        static let callID = Required(rawValue: 4)
        static let cSeq = Required(rawValue: 8)
        static let via = Required(rawValue: 16)
        static let all: Required = [.from, .to, .callID, .cSeq, .via]
    }
}
