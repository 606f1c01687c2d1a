/// Uncompressed 16-bit samples, the high octet first (RFC 3551 §4.5.11), with concealment of lost packets.
public final class L16Codec: SpeechCodec {
    /// Rates that are taken.
    public static let sampleRates = [8_000, 16_000, 24_000, 48_000]

    public let sampleRate: Int
    public var clockRate: Int { sampleRate }
    /// 60 ms of samples, or 20 ms at 48 kHz.
    public var maximumPayload: Int { min(sampleRate * 60 / 1_000 * 2, 1_920) }
    private static let datagram = 1_440
    private var concealment: PacketLossConcealment

    /// - Parameter sampleRate: One of ``sampleRates``.
    public init(sampleRate: Int) throws(CodecError) {
        guard Self.sampleRates.contains(sampleRate) else { throw .unsupported(name: "L16", clockRate: sampleRate) }
        self.sampleRate = sampleRate
        concealment = PacketLossConcealment(sampleRate: sampleRate)
    }

    /// Multiples of 10 ms whose packet fits into a datagram of Ethernet: 10 ms at 48 kHz are 960 octets.
    public func packetTime(near milliseconds: Int) -> Int {
        let longest = Self.datagram * 500 / sampleRate / 10 * 10
        return min(max(milliseconds, 10), max(min(longest, 60), 10)) / 10 * 10
    }

    public func ticks(of payload: Span<UInt8>) -> Int? {
        payload.count >= 2 && payload.count % 2 == 0 ? payload.count / 2 : nil
    }

    public func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) throws(CodecError) {
        guard ticks(of: payload) != nil else { throw .malformedPayload }
        let start = samples.count
        samples.append(addingCapacity: payload.count / 2) { output in
            for index in 0..<payload.count / 2 {
                output.append(Int16(bitPattern: UInt16(payload[2 * index]) << 8 | UInt16(payload[2 * index + 1])))
            }
        }
        concealment.received(&samples, from: start)
    }

    public func conceal(_ count: Int, next: Span<UInt8>, into samples: inout [Int16]) {
        concealment.conceal(count, into: &samples)
    }

    public func encode(_ samples: Span<Int16>, into payload: inout [UInt8]) -> Transmission {
        payload.append(addingCapacity: samples.count * 2) { output in
            for index in samples.indices {
                let sample = UInt16(bitPattern: samples[index])
                output.append(UInt8(truncatingIfNeeded: sample >> 8))
                output.append(UInt8(truncatingIfNeeded: sample))
            }
        }
        return .speech
    }

    public func reset() {
        concealment.reset()
    }
}
