/// What the topmost Via of a request says about where its response goes, read without parsing the rest of it.
///
/// Ranges are those of the slice it was read from.
struct TopVia {
    /// Of sent-by, without the brackets of an IPv6 address.
    private(set) var host = 0..<0
    /// Of sent-by.
    private(set) var port: UInt16?
    /// Behind an `rport` that has no value.
    private(set) var rport: Int?

    init() {}

    /// - Returns: `nil` for what wants a closer look: unusual spelling, more than one value, parameters that say where
    ///   the response goes or that the sender has overload control.
    init?(_ value: Slice<UnsafeRawBufferPointer>) {
        let protocolName: StaticString = "SIP/2.0/UDP "
        guard value.starts(with: protocolName) else { return nil }
        let rest = value.dropFirst(protocolName.utf8CodeUnitCount)
        guard let end = Self.endOfHost(rest), end > rest.startIndex else { return nil }
        let isBracketed = rest.first == 0x5B
        host = isBracketed ? (rest.startIndex + 1)..<(end - 1) : rest.startIndex..<end
        var index = end
        if index < rest.endIndex, rest[index] == .colon {
            index += 1
            let digits = rest[index...].prefix { (0x30...0x39).contains($0) }
            guard (1...5).contains(digits.count),
                let number = UInt16(exactly: digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
            else { return nil }
            port = number
            index = digits.endIndex
        }
        while index < rest.endIndex {
            guard rest[index] == .semicolon else { return nil }
            let parameter = rest[(index + 1)...].prefix { $0 != .semicolon }
            guard accepts(parameter) else { return nil }
            index = parameter.endIndex
        }
    }

    private static func endOfHost(_ text: Slice<UnsafeRawBufferPointer>) -> Int? {
        if text.first == 0x5B { return text.firstIndex(of: 0x5D).map { $0 + 1 } }
        let isHost = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2E || byte == 0x2D
        }
        return text.firstIndex { !isHost($0) } ?? text.endIndex
    }

    private mutating func accepts(_ parameter: Slice<UnsafeRawBufferPointer>) -> Bool {
        // A quoted string could hold a semicolon, and with a comma another Via begins; spaces are unusual.
        let isPlain = parameter.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x2C }
        guard isPlain, let first = parameter.first else { return false }
        switch first | 0x20 {
        case 0x72 where parameter.starts(withLowercase: "rport"):
            guard parameter.count == 5, rport == nil else { return false }
            rport = parameter.endIndex
        case 0x72 where parameter.starts(withLowercase: "received"),
            0x6D where parameter.starts(withLowercase: "maddr"):
            return false
        case 0x6F where parameter.starts(withLowercase: "oc"):
            return false
        default:
            break
        }
        return true
    }
}
