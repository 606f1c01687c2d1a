/// The SRV and NAPTR records of a DNS response, read from its octets.
///
/// Every read is bounded by the message. A compressed name follows a few pointers to earlier octets and has at most
/// 255 octets, so that its cost is bounded too.
///
/// Source: RFC 1035 §4.1, RFC 2782, RFC 3403 §4.1; lifetimes of empty answers from RFC 2308 §5.
public struct DNSAnswer: Sendable, Hashable {
    public enum Fault: Error, Sendable, Hashable {
        /// It ends too soon.
        case truncated
        /// A name that does not end, is too long, or points forward.
        case badName
        case notAnAnswer
    }

    /// Those of the type asked for.
    public private(set) var records: [DNSRecord] = []
    /// Seconds: the least of all records' TTLs; without records, what the SOA record says, or 0.
    public private(set) var lifetime: UInt32 = 0

    /// Records of a message that are read; the rest is ignored.
    private static let limit = 128

    public init(parsing bytes: Span<UInt8>, type: DNSQuestion.RecordType) throws(Fault) {
        var reader = Reader(offset: 2)
        let flags = try reader.number(bytes)
        guard flags & 0x8000 != 0 else { throw .notAnAnswer }
        let questions = try reader.number(bytes)
        let answers = try reader.number(bytes)
        let authorities = try reader.number(bytes)
        _ = try reader.number(bytes)
        for _ in 0..<min(Int(questions), Self.limit) {
            _ = try reader.name(bytes)
            try reader.skip(4, bytes)
        }
        var least: UInt32?
        for _ in 0..<min(Int(answers), Self.limit) {
            let head = try RecordHead(&reader, bytes)
            // An alias on the way bounds the lifetime as well.
            least = min(least ?? head.timeToLive, head.timeToLive)
            if head.type == type.rawValue, let record = try Self.record(type, &reader, head.end, bytes) {
                records.append(record)
            }
            reader.offset = head.end
        }
        if !records.isEmpty {
            lifetime = least ?? 0
            return
        }
        for _ in 0..<min(Int(authorities), Self.limit) {
            let head = try RecordHead(&reader, bytes)
            if head.type == 6 {
                _ = try reader.name(bytes)
                _ = try reader.name(bytes)
                // Serial, refresh, retry, expire; then the time for denials.
                try reader.skip(16, bytes)
                lifetime = min(head.timeToLive, try reader.longNumber(bytes))
            }
            reader.offset = head.end
        }
    }

    private static func record(
        _ type: DNSQuestion.RecordType,
        _ reader: inout Reader,
        _ end: Int,
        _ bytes: Span<UInt8>
    ) throws(Fault) -> DNSRecord? {
        switch type {
        case .srv:
            let priority = try reader.number(bytes)
            let weight = try reader.number(bytes)
            let port = try reader.number(bytes)
            let target = try reader.name(bytes)
            guard reader.offset <= end else { throw .truncated }
            return .service(ServiceRecord(priority: priority, weight: weight, port: port, target: target))
        case .naptr:
            let order = try reader.number(bytes)
            let preference = try reader.number(bytes)
            let flags = try reader.text(bytes)
            let service = try reader.text(bytes)
            let regexp = try reader.text(bytes)
            let replacement = try reader.name(bytes)
            guard reader.offset <= end else { throw .truncated }
            return .pointer(
                NamingAuthorityPointer(
                    order: order,
                    preference: preference,
                    flags: flags,
                    service: service,
                    regexp: regexp,
                    replacement: replacement
                )
            )
        case .a, .aaaa:
            return nil
        }
    }
}

private struct RecordHead {
    let type: UInt16
    let timeToLive: UInt32
    /// Where the data ends.
    let end: Int

    init(_ reader: inout Reader, _ bytes: Span<UInt8>) throws(DNSAnswer.Fault) {
        _ = try reader.name(bytes)
        type = try reader.number(bytes)
        _ = try reader.number(bytes)
        let time = try reader.longNumber(bytes)
        // One with the topmost bit counts as zero (RFC 2181 §8).
        timeToLive = time > 0x7FFF_FFFF ? 0 : time
        let length = Int(try reader.number(bytes))
        guard length <= bytes.count - reader.offset else { throw .truncated }
        end = reader.offset + length
    }
}

private struct Reader {
    var offset: Int

    /// As text; 255 on the wire.
    private static let longestName = 253
    private static let mostPointers = 32

    mutating func skip(_ count: Int, _ bytes: Span<UInt8>) throws(DNSAnswer.Fault) {
        guard count <= bytes.count - offset else { throw .truncated }
        offset += count
    }

    mutating func octet(_ bytes: Span<UInt8>) throws(DNSAnswer.Fault) -> UInt8 {
        guard offset < bytes.count else { throw .truncated }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func number(_ bytes: Span<UInt8>) throws(DNSAnswer.Fault) -> UInt16 {
        let high = UInt16(try octet(bytes))
        return high << 8 | UInt16(try octet(bytes))
    }

    mutating func longNumber(_ bytes: Span<UInt8>) throws(DNSAnswer.Fault) -> UInt32 {
        let high = UInt32(try number(bytes))
        return high << 16 | UInt32(try number(bytes))
    }

    /// A `character-string`: a count and so many octets.
    mutating func text(_ bytes: Span<UInt8>) throws(DNSAnswer.Fault) -> String {
        let count = Int(try octet(bytes))
        guard count <= bytes.count - offset else { throw .truncated }
        defer { offset += count }
        return bytes.string(offset..<offset + count)
    }

    /// A name without the dot at its end; empty for the root.
    mutating func name(_ bytes: Span<UInt8>) throws(DNSAnswer.Fault) -> String {
        var name = ""
        var position = offset
        /// Pointers lead to octets before this one, so that they come to an end.
        var bound = offset
        var next: Int?
        var pointers = 0
        while true {
            guard position < bytes.count else { throw .truncated }
            let count = Int(bytes[position])
            position += 1
            switch count {
            case 0:
                offset = next ?? position
                return name
            case 1..<64:
                guard count <= bytes.count - position else { throw .truncated }
                guard name.utf8.count + count + 1 <= Self.longestName else { throw .badName }
                if !name.isEmpty { name += "." }
                name += bytes.string(position..<position + count)
                position += count
            case 0xC0...:
                guard position < bytes.count else { throw .truncated }
                let pointer = (count & 0x3F) << 8 | Int(bytes[position])
                pointers += 1
                guard pointer < bound, pointers <= Self.mostPointers else { throw .badName }
                if next == nil { next = position + 1 }
                position = pointer
                bound = pointer
            default:
                throw .badName
            }
        }
    }
}
