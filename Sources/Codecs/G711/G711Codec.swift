/// PCMA and PCMU with concealment of lost packets (RFC 3551 §4.5.14).
public final class G711Codec: SpeechCodec {
    public let law: G711
    public let sampleRate = 8_000
    public let clockRate = 8_000
    private var concealment = PacketLossConcealment(sampleRate: 8_000)

    public init(law: G711) {
        self.law = law
    }

    public func ticks(of payload: Span<UInt8>) -> Int? {
        payload.count > 0 ? payload.count : nil
    }

    public func power(of payload: Span<UInt8>) -> Double? {
        law.power(of: payload)
    }

    public func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) throws(CodecError) {
        let start = samples.count
        law.decode(payload, into: &samples)
        concealment.received(&samples, from: start)
    }

    public func conceal(_ count: Int, next: Span<UInt8>, into samples: inout [Int16]) {
        concealment.conceal(count, into: &samples)
    }

    public func encode(_ samples: Span<Int16>, into payload: inout [UInt8]) -> Transmission {
        law.encode(samples, into: &payload)
        return .speech
    }

    public func reset() {
        concealment.reset()
    }
}
