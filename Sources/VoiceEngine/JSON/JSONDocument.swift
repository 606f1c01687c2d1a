/// An index over the bytes of one JSON text: where each value begins and ends, and of what kind it is.
///
/// Parsing reads each byte once and copies none; strings and numbers are decoded when they are asked for. The
/// document does not keep the bytes: each question takes the span that was parsed. An instance can be used again
/// and then allocates no more.
///
/// Source: RFC 8259.
public struct JSONDocument: Sendable {
    /// Objects and arrays may be nested this deep.
    public static let maximumDepth = 64
    /// Values and member names in one text.
    public static let maximumValues = 16_384

    public enum Kind: UInt8, Sendable, Hashable {
        case object, array, string, number, `true`, `false`, null
    }

    /// A value of a document; meaningful only together with the document that gave it.
    public struct Value: Sendable, Hashable {
        let index: Int

        /// The outermost value.
        public static let root = Value(index: 0)
    }

    struct Node: Sendable {
        var kind: Kind
        /// A string with at least one backslash.
        var isEscaped: Bool
        /// First byte: of a string the one after its quotation mark.
        var start: Int
        /// One past the last byte: of a string the index of its closing quotation mark.
        var end: Int
        /// Index of the node after this one and all it contains.
        var next: Int
    }

    var nodes: [Node] = []
    private var open: [Int] = []

    public init() {
        nodes.reserveCapacity(64)
        open.reserveCapacity(Self.maximumDepth)
    }

    /// Replaces the content with an index of `bytes`, which must hold exactly one JSON value.
    public mutating func parse(_ bytes: Span<UInt8>) throws(JSONError) {
        nodes.removeAll(keepingCapacity: true)
        open.removeAll(keepingCapacity: true)
        var offset = 0
        repeat {
            skipSpace(bytes, &offset)
            try parseValue(bytes, &offset)
            try closeContainers(bytes, &offset)
        } while !open.isEmpty
        skipSpace(bytes, &offset)
        guard offset == bytes.count else { throw .malformed(offset: offset) }
    }

    /// Reads a scalar, or opens a container and, for an object, reads the name of its first member.
    private mutating func parseValue(_ bytes: Span<UInt8>, _ offset: inout Int) throws(JSONError) {
        guard offset < bytes.count else { throw .malformed(offset: offset) }
        switch bytes[offset] {
        case UInt8(ascii: "{"):
            try enter(.object, &offset)
            skipSpace(bytes, &offset)
            guard offset < bytes.count else { throw .malformed(offset: offset) }
            if bytes[offset] == UInt8(ascii: "}") {
                leave(&offset)
            } else {
                try parseName(bytes, &offset)
                skipSpace(bytes, &offset)
                try parseValue(bytes, &offset)
            }
        case UInt8(ascii: "["):
            try enter(.array, &offset)
            skipSpace(bytes, &offset)
            guard offset < bytes.count else { throw .malformed(offset: offset) }
            if bytes[offset] == UInt8(ascii: "]") {
                leave(&offset)
            } else {
                try parseValue(bytes, &offset)
            }
        case UInt8(ascii: "\""):
            try parseString(bytes, &offset)
        case UInt8(ascii: "t"):
            try parseLiteral("true", .true, bytes, &offset)
        case UInt8(ascii: "f"):
            try parseLiteral("false", .false, bytes, &offset)
        case UInt8(ascii: "n"):
            try parseLiteral("null", .null, bytes, &offset)
        default:
            try parseNumber(bytes, &offset)
        }
    }

    /// After a value: closes every container that ends here, and stops where the next value begins.
    private mutating func closeContainers(_ bytes: Span<UInt8>, _ offset: inout Int) throws(JSONError) {
        while let container = open.last {
            skipSpace(bytes, &offset)
            guard offset < bytes.count else { throw .malformed(offset: offset) }
            let isObject = nodes[container].kind == .object
            switch bytes[offset] {
            case UInt8(ascii: ","):
                offset += 1
                skipSpace(bytes, &offset)
                if isObject { try parseName(bytes, &offset) }
                return
            case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject:
                leave(&offset)
            default:
                throw .malformed(offset: offset)
            }
        }
    }

    private mutating func enter(_ kind: Kind, _ offset: inout Int) throws(JSONError) {
        guard open.count < Self.maximumDepth else { throw .tooDeep(offset: offset) }
        open.append(nodes.count)
        try append(kind, start: offset, end: offset)
        offset += 1
    }

    private mutating func leave(_ offset: inout Int) {
        offset += 1
        if let container = open.popLast() {
            nodes[container].end = offset
            nodes[container].next = nodes.count
        }
    }

    /// Reads a member's name and its colon.
    private mutating func parseName(_ bytes: Span<UInt8>, _ offset: inout Int) throws(JSONError) {
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else { throw .malformed(offset: offset) }
        try parseString(bytes, &offset)
        skipSpace(bytes, &offset)
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: ":") else { throw .malformed(offset: offset) }
        offset += 1
    }

    private mutating func parseString(_ bytes: Span<UInt8>, _ offset: inout Int) throws(JSONError) {
        var scanner = JSONStringScanner(start: offset + 1)
        try scanner.scan(bytes)
        try append(.string, start: offset + 1, end: scanner.offset, isEscaped: scanner.isEscaped)
        offset = scanner.offset + 1
    }

    private mutating func parseLiteral(
        _ text: StaticString,
        _ kind: Kind,
        _ bytes: Span<UInt8>,
        _ offset: inout Int
    ) throws(JSONError) {
        let count = text.utf8CodeUnitCount
        guard bytes.count - offset >= count else { throw .malformed(offset: offset) }
        for index in 0..<count where bytes[offset + index] != text.utf8Start[index] {
            throw .malformed(offset: offset + index)
        }
        try append(kind, start: offset, end: offset + count)
        offset += count
    }

    private mutating func parseNumber(_ bytes: Span<UInt8>, _ offset: inout Int) throws(JSONError) {
        let start = offset
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        let integer = offset
        try skipDigits(bytes, &offset)
        // RFC 8259 §6: no leading zeros.
        if offset - integer > 1, bytes[integer] == UInt8(ascii: "0") { throw .malformed(offset: integer) }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            try skipDigits(bytes, &offset)
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            try skipDigits(bytes, &offset)
        }
        try append(.number, start: start, end: offset)
    }

    private func skipDigits(_ bytes: Span<UInt8>, _ offset: inout Int) throws(JSONError) {
        let start = offset
        while offset < bytes.count, bytes[offset] >= UInt8(ascii: "0"), bytes[offset] <= UInt8(ascii: "9") {
            offset += 1
        }
        if offset == start { throw .malformed(offset: offset) }
    }

    private func skipSpace(_ bytes: Span<UInt8>, _ offset: inout Int) {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    private mutating func append(_ kind: Kind, start: Int, end: Int, isEscaped: Bool = false) throws(JSONError) {
        guard nodes.count < Self.maximumValues else { throw .tooManyValues(offset: start) }
        nodes.append(Node(kind: kind, isEscaped: isEscaped, start: start, end: end, next: nodes.count + 1))
    }
}
