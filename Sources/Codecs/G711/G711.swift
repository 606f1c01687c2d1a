/// The two companding laws of ITU-T G.711, by table.
public enum G711: Sendable, Hashable, CaseIterable {
    case a, mu

    /// The octet that stands for silence.
    public var silence: UInt8 {
        switch self {
        case .a: 0xD5
        case .mu: 0xFF
        }
    }

    /// The 16-bit sample of each octet.
    var decodeTable: [Int16] {
        switch self {
        case .a: Self.aDecode
        case .mu: Self.muDecode
        }
    }

    /// The octet of each sample, by its upper 14 bits as an unsigned number.
    var encodeTable: [UInt8] {
        switch self {
        case .a: Self.aEncode
        case .mu: Self.muEncode
        }
    }

    /// Appends a sample for each octet.
    public func decode(_ octets: Span<UInt8>, into samples: inout [Int16]) {
        let table = decodeTable.span
        samples.append(addingCapacity: octets.count) { output in
            for index in octets.indices { output.append(table[Int(octets[index])]) }
        }
    }

    /// Appends an octet for each sample.
    public func encode(_ samples: Span<Int16>, into octets: inout [UInt8]) {
        let table = encodeTable.span
        octets.append(addingCapacity: samples.count) { output in
            for index in samples.indices { output.append(table[Int(UInt16(bitPattern: samples[index]) >> 2)]) }
        }
    }

    /// The mean square of the samples of these octets; 0 for none.
    public func power(of octets: Span<UInt8>) -> Double {
        guard octets.count > 0 else { return 0 }
        let table = decodeTable.span
        var sum: Int64 = 0
        for index in octets.indices {
            let sample = Int64(table[Int(octets[index])])
            sum += sample * sample
        }
        return Double(sum) / Double(octets.count)
    }

    private static let aDecode = (0...255).map { expandA(UInt8($0)) }
    private static let muDecode = (0...255).map { expandMu(UInt8($0)) }
    private static let aEncode = (0..<16_384).map { compressA(Int16(bitPattern: UInt16($0) << 2)) }
    private static let muEncode = (0..<16_384).map { compressMu(Int16(bitPattern: UInt16($0) << 2)) }
}

extension G711 {
    /// Table 1 of G.711: even bits inverted, sign set for positive values, three bits of segment, four of interval.
    private static func expandA(_ octet: UInt8) -> Int16 {
        let code = octet ^ 0x55
        let interval = Int(code & 0x0F)
        let segment = Int(code >> 4 & 0x07)
        let magnitude = segment == 0 ? interval << 4 | 0x08 : (interval << 4 | 0x108) << (segment - 1)
        return Int16(code & 0x80 != 0 ? magnitude : -magnitude)
    }

    private static func compressA(_ sample: Int16) -> UInt8 {
        // The law has 13 bits. Negative values count from −1 down, as its decision values are open on that side.
        let value = Int(sample) >> 3
        let sign: UInt8 = value >= 0 ? 0x80 : 0
        let magnitude = value >= 0 ? value : -value - 1
        let segment = max(0, Int.bitWidth - magnitude.leadingZeroBitCount - 5)
        let interval = magnitude >> max(segment, 1) & 0x0F
        return (sign | UInt8(segment << 4) | UInt8(interval)) ^ 0x55
    }

    /// Table 2 of G.711: all bits inverted, a bias of 33 in 14 bits makes every segment a power of two.
    private static func expandMu(_ octet: UInt8) -> Int16 {
        let code = ~octet
        let interval = Int(code & 0x0F)
        let segment = Int(code >> 4 & 0x07)
        let magnitude = ((interval << 3 | 0x84) << segment) - 0x84
        return Int16(code & 0x80 != 0 ? -magnitude : magnitude)
    }

    private static func compressMu(_ sample: Int16) -> UInt8 {
        let value = Int(sample) >> 2
        let sign: UInt8 = value < 0 ? 0x80 : 0
        let magnitude = min(value < 0 ? -value : value, 8_158) + 33
        let segment = Int.bitWidth - magnitude.leadingZeroBitCount - 6
        let interval = magnitude >> (segment + 1) & 0x0F
        return ~(sign | UInt8(segment << 4) | UInt8(interval))
    }
}
