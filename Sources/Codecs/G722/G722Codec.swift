/// G.722 at 64 kbit/s with concealment of lost packets.
///
/// Its RTP clock counts 8 000 ticks a second although its audio has 16 000 samples: an error of the first RFC that was
/// kept (RFC 3551 §4.5.2).
public final class G722Codec: SpeechCodec {
    public let sampleRate = 16_000
    public let clockRate = 8_000
    private var encoder = G722Encoder()
    private var decoder = G722Decoder()
    private var concealment = PacketLossConcealment(sampleRate: 16_000)

    public init() {}

    public func ticks(of payload: Span<UInt8>) -> Int? {
        payload.count > 0 ? payload.count : nil
    }

    public func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) throws(CodecError) {
        let start = samples.count
        decoder.decode(payload, into: &samples)
        concealment.received(&samples, from: start)
    }

    public func conceal(_ count: Int, next: Span<UInt8>, into samples: inout [Int16]) {
        concealment.conceal(count, into: &samples)
    }

    public func encode(_ samples: Span<Int16>, into payload: inout [UInt8]) -> Transmission {
        encoder.encode(samples, into: &payload)
        return .speech
    }

    public func reset() {
        encoder.reset()
        decoder.reset()
        concealment.reset()
    }
}
