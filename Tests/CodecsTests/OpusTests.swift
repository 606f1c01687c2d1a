import Codecs
import Testing

@Suite("Opus (RFC 7587)")
struct OpusTests {
    static func codec(_ fmtp: [String: String] = [:], rate: Int = 16_000, usesDTX: Bool = true) throws -> OpusCodec {
        try OpusCodec(sampleRate: rate, parameters: OpusParameters { fmtp[$0] }, usesDTX: usesDTX)
    }

    /// The packets of some samples, `nil` for those that need not be sent.
    static func packets(_ codec: OpusCodec, _ samples: [Int16], milliseconds: Int = 20) -> [[UInt8]?] {
        let length = codec.sampleRate * milliseconds / 1_000
        return stride(from: 0, to: samples.count - length, by: length).map { start in
            var payload: [UInt8] = []
            let sent = codec.encode(samples.span.extracting(start..<start + length), into: &payload)
            return sent == .nothing ? nil : payload
        }
    }

    @Test("The clock counts 48 000 whatever the samples; the engine's rate comes out", arguments: OpusCodec.sampleRates)
    func rates(_ rate: Int) throws {
        let codec = try Self.codec(rate: rate)
        let packets = Self.packets(codec, try Speech.samples(rate: rate))
        for packet in packets.prefix(20) {
            let payload = try #require(packet)
            #expect(codec.ticks(of: payload.span) == 960)
            var samples: [Int16] = []
            try codec.decode(payload.span, into: &samples)
            #expect(samples.count == rate / 50)
        }
    }

    @Test("Another rate in the middle of a stream")
    func prefer() throws {
        let sender = try Self.codec(rate: 48_000)
        let receiver = try Self.codec(rate: 8_000)
        let packets = Self.packets(sender, try Speech.samples(rate: 48_000))
        var samples: [Int16] = []
        for (index, packet) in packets.prefix(20).enumerated() {
            if index == 10 { receiver.prefer(sampleRate: 22_050) }
            let payload = try #require(packet)
            try receiver.decode(payload.span, into: &samples)
        }
        #expect(receiver.sampleRate == 24_000)
        #expect(samples.count == 10 * 160 + 10 * 480)
    }

    @Test("Packets of 10, 20, 40 and 60 ms", arguments: [(0, 10), (10, 10), (30, 20), (40, 40), (50, 40), (200, 60)])
    func packetTime(_ wanted: Int, _ given: Int) throws {
        let codec = try Self.codec()
        #expect(codec.packetTime(near: wanted) == given)
        let packet = try #require(Self.packets(codec, Speech.wideband, milliseconds: given)[20])
        #expect(codec.ticks(of: packet.span) == given * 48)
    }

    @Test("The end of a talkspurt is filled up to a whole packet")
    func partial() throws {
        let codec = try Self.codec()
        for (count, ticks) in [(1, 480), (160, 480), (161, 960), (400, 1_920), (960, 2_880)] {
            var payload: [UInt8] = []
            #expect(codec.encode(Array(repeating: 5, count: count).span, into: &payload) == .speech)
            #expect(codec.ticks(of: payload.span) == ticks)
        }
    }

    @Test("What the receiver asks for (§6.1); nonsense counts as not there")
    func parameters() {
        func read(_ fmtp: [String: String]) -> OpusParameters { OpusParameters { fmtp[$0] } }
        var expected = OpusParameters()
        #expect(read(["maxplaybackrate": "7999", "maxaveragebitrate": "99999999999999999999", "cbr": "x"]) == expected)
        expected.maximumPlaybackRate = 16_000
        expected.maximumAverageBitrate = 20_000
        expected.usesConstantBitrate = true
        expected.usesForwardErrorCorrection = true
        expected.usesDTX = true
        let all = [
            "maxplaybackrate": "16000", "maxaveragebitrate": "20000", "cbr": "1", "useinbandfec": "1", "usedtx": "1",
            "stereo": "1",
        ]
        #expect(read(all) == expected)
    }

    @Test("The bit rate follows maxaveragebitrate, and cbr makes all packets alike", Speech.needed)
    func bitrate() throws {
        func size(_ fmtp: [String: String]) throws -> (mean: Int, sizes: Set<Int>) {
            let sizes = Self.packets(try Self.codec(fmtp), Speech.wideband).compactMap { $0?.count }
            return (sizes.reduce(0, +) / sizes.count, Set(sizes))
        }
        #expect((45...75).contains(try size([:]).mean))
        #expect(try size(["maxaveragebitrate": "12000"]).mean < 38)
        #expect(try size(["cbr": "1"]).sizes == [60])
        // The bandwidth is the upper three bits of the first octet's configuration (RFC 6716 §3.1): narrowband.
        let narrow = Self.packets(try Self.codec(["maxplaybackrate": "8000"]), Speech.wideband)
        #expect(narrow.allSatisfy { $0.map { $0[0] >> 3 < 4 } ?? true })
    }

    @Test("DTX only if the receiver asks for it: in a pause a packet every 400 ms, then a talkspurt begins")
    func discontinuous() throws {
        let pause = [Int16](repeating: 0, count: 16_000 * 3)
        #expect(Self.packets(try Self.codec(), pause).allSatisfy { $0 != nil })
        #expect(Self.packets(try Self.codec(["usedtx": "1"], usesDTX: false), pause).allSatisfy { $0 != nil })
        let sent = Self.packets(try Self.codec(["usedtx": "1"]), pause)
        #expect((6...30).contains(sent.count { $0 != nil }))
        let receiver = try Self.codec()
        var samples: [Int16] = []
        try receiver.decode([0x08].span, into: &samples)
        #expect(receiver.isPaused)
    }

    @Test("A lost packet is rebuilt from the copy in the next one", Speech.needed)
    func forwardErrorCorrection() throws {
        let speech = Speech.wideband
        let sender = try Self.codec(["useinbandfec": "1"])
        sender.expect(loss: 0.25)
        let packets = Self.packets(sender, speech).map { $0 ?? [] }
        /// Every fourth packet lost.
        func receive(usesCopy: Bool) throws -> Quality {
            let receiver = try Self.codec()
            var samples: [Int16] = []
            for (index, packet) in packets.enumerated() {
                if index % 4 == 3, index + 1 < packets.count {
                    let next = usesCopy ? packets[index + 1] : []
                    receiver.conceal(320, next: next.span, into: &samples)
                } else {
                    try receiver.decode(packet.span, into: &samples)
                }
            }
            #expect(samples.count == packets.count * 320)
            return Quality(original: speech, decoded: samples, rate: 16_000)
        }
        let with = try receive(usesCopy: true)
        let without = try receive(usesCopy: false)
        #expect(with.segmentalSNR > without.segmentalSNR + 1, "\(with) / \(without)")
        #expect(with.correlation > without.correlation + 0.03, "\(with) / \(without)")
    }

    @Test("Copies are sent while the peer loses packets, and if it takes them", Speech.needed)
    func protection() throws {
        func octets(_ parameters: [String: String], loss: [Double]) throws -> Int {
            let sender = try Self.codec(parameters)
            for loss in loss { sender.expect(loss: loss) }
            return Self.packets(sender, Speech.wideband).reduce(0) { $0 + ($1?.count ?? 0) }
        }
        let plain = try octets([:], loss: [])
        #expect(try octets(["useinbandfec": "1"], loss: []) == plain)
        #expect(try octets([:], loss: [0.1]) == plain)
        #expect(try octets(["useinbandfec": "1"], loss: [0.1, 0.002]) == plain)
        #expect(try octets(["useinbandfec": "1"], loss: [0.03]) > plain * 5 / 4)
        #expect(try octets(["useinbandfec": "1", "maxaveragebitrate": "24000"], loss: [0.03]) < plain * 9 / 8)
    }

    @Test("Gaps of any length are filled exactly", arguments: [1, 39, 40, 160, 161, 320, 961, 6_000])
    func gaps(_ count: Int) throws {
        let codec = try Self.codec()
        var samples: [Int16] = []
        for packet in Self.packets(codec, Speech.wideband).prefix(20) {
            let payload = try #require(packet)
            try codec.decode(payload.span, into: &samples)
        }
        let before = samples.count
        codec.conceal(count, into: &samples)
        #expect(samples.count == before + count)
        codec.conceal(count, next: [0xFF, 0xFF, 0xFF].span, into: &samples)
        #expect(samples.count == before + 2 * count)
    }

    @Test("Malformed packets are told apart and never trap")
    func malformed() throws {
        let codec = try Self.codec()
        #expect(codec.ticks(of: [UInt8]().span) == nil)
        // Code 3 with no frames, and with 63 of 60 ms.
        #expect(codec.ticks(of: [0x1B].span) == nil)
        #expect(codec.ticks(of: [0x1B, 0x3F].span) == nil)
        var random: UInt32 = 1
        for length in 0..<300 {
            let payload = (0..<length % 60).map { _ in
                random = random &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: random >> 24)
            }
            _ = codec.ticks(of: payload.span)
            var samples: [Int16] = []
            try? codec.decode(payload.span, into: &samples)
            codec.conceal(320, next: payload.span, into: &samples)
            #expect(samples.count <= 16_000 * 120 / 1_000 + 320)
        }
    }
}
