import Codecs
import Testing

@Suite("L16")
struct L16Tests {
    @Test("Samples in network order, at each rate, and back", arguments: L16Codec.sampleRates)
    func roundTrip(_ rate: Int) throws {
        let codec = try L16Codec(sampleRate: rate)
        #expect(codec.clockRate == rate)
        var payload: [UInt8] = []
        let samples: [Int16] = [0, 1, -1, 0x1234, .max, .min]
        #expect(codec.encode(samples.span, into: &payload) == .speech)
        #expect(payload == [0, 0, 0, 1, 0xFF, 0xFF, 0x12, 0x34, 0x7F, 0xFF, 0x80, 0])
        #expect(codec.ticks(of: payload.span) == 6)
        var decoded: [Int16] = []
        try codec.decode(payload.span, into: &decoded)
        #expect(decoded == samples)
    }

    @Test("Half a sample is malformed")
    func malformed() throws {
        let codec = try L16Codec(sampleRate: 16_000)
        for payload in [[], [1], [1, 2, 3]] as [[UInt8]] {
            #expect(codec.ticks(of: payload.span) == nil)
            var samples: [Int16] = []
            #expect(throws: CodecError.malformedPayload) { try codec.decode(payload.span, into: &samples) }
        }
    }

    @Test("A packet fits into a datagram", arguments: [(8_000, 60), (16_000, 40), (24_000, 30), (48_000, 10)])
    func packetTime(_ rate: Int, _ longest: Int) throws {
        let codec = try L16Codec(sampleRate: rate)
        #expect(codec.packetTime(near: 200) == longest)
        #expect(codec.packetTime(near: 0) == 10)
    }

    @Test("Other rates are refused", arguments: [0, 11_025, 44_100])
    func refused(_ rate: Int) {
        #expect(throws: CodecError.unsupported(name: "L16", clockRate: rate)) { _ = try L16Codec(sampleRate: rate) }
    }
}
