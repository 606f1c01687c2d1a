extension Span where Element == UInt8 {
    /// The caller has checked that two octets are there.
    func bigEndian16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
    }

    /// The caller has checked that four octets are there.
    func bigEndian32(at offset: Int) -> UInt32 {
        UInt32(bigEndian16(at: offset)) << 16 | UInt32(bigEndian16(at: offset + 2))
    }
}

extension [UInt8] {
    mutating func appendBigEndian(_ value: UInt16) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    mutating func appendBigEndian(_ value: UInt32) {
        appendBigEndian(UInt16(truncatingIfNeeded: value >> 16))
        appendBigEndian(UInt16(truncatingIfNeeded: value))
    }
}

extension Int64 {
    /// The number nearest to `self` whose low 16 bits are `value`: a sequence number with its wraps counted.
    func unwrapping(_ value: UInt16) -> Int64 {
        self + Int64(Int16(truncatingIfNeeded: Int64(value) - self))
    }

    /// The number nearest to `self` whose low 32 bits are `value`: a timestamp with its wraps counted.
    func unwrapping(_ value: UInt32) -> Int64 {
        self + Int64(Int32(truncatingIfNeeded: Int64(value) - self))
    }
}
