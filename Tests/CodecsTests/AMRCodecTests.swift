import Codecs
import Testing

@Suite("AMR and AMR-WB (RFC 4867)")
struct AMRCodecTests {
    static func codec(_ band: AMRBand, _ fmtp: [String: String] = [:], usesDTX: Bool = false) throws -> AMRCodec {
        try AMRCodec(band: band, parameters: try AMRParameters(band: band) { fmtp[$0] }, usesDTX: usesDTX)
    }

    /// The packets of some samples with what the encoder said of each.
    static func packets(
        _ codec: AMRCodec,
        _ samples: [Int16],
        frames: Int = 1
    ) -> [(payload: [UInt8], sent: Transmission)] {
        let length = codec.band.frameSamples * frames
        return stride(from: 0, to: samples.count - length, by: length).map { start in
            var payload: [UInt8] = []
            let sent = codec.encode(samples.span.extracting(start..<start + length), into: &payload)
            return (payload, sent)
        }
    }

    /// Types of the frames of a payload.
    static func types(_ payload: [UInt8], _ band: AMRBand, aligned: Bool) throws -> [UInt8] {
        let contents = try AMRPayload(parsing: payload.span, band: band, isOctetAligned: aligned)
        return (0..<contents.count).map { contents.frameType(at: $0) }
    }

    @Test(
        "Every mode in both forms, one and several frames in a packet", arguments: AMRBand.allCases, [true, false])
    func modes(_ band: AMRBand, _ aligned: Bool) throws {
        let speech = Array(try Speech.samples(rate: band.sampleRate).prefix(band.sampleRate))
        for mode in 0...band.highestMode {
            let fmtp = ["mode-set": "\(mode)", "octet-align": aligned ? "1" : "0"]
            for frames in [1, 2, 3] {
                let sender = try Self.codec(band, fmtp)
                let receiver = try Self.codec(band, fmtp)
                var decoded: [Int16] = []
                let packets = Self.packets(sender, speech, frames: frames)
                for packet in packets {
                    #expect(packet.sent == .speech)
                    let types = try Self.types(packet.payload, band, aligned: aligned)
                    #expect(types == Array(repeating: mode, count: frames))
                    // We ask for no mode: 15 in the first four bits.
                    #expect(packet.payload[0] >> 4 == 15)
                    #expect(receiver.ticks(of: packet.payload.span) == frames * band.frameSamples)
                    #expect(packet.payload.count <= receiver.maximumPayload)
                    try receiver.decode(packet.payload.span, into: &decoded)
                }
                #expect(decoded.count == packets.count * frames * band.frameSamples)
                let difference = LevelMeter.level(of: decoded.span) - LevelMeter.level(of: speech.span)
                #expect(abs(difference) < 2, "mode \(mode)")
            }
        }
    }

    @Test("Without a mode set the best mode is sent; a request changes it, one outside the set does not")
    func request() throws {
        let band = AMRBand.wide
        let codec = try Self.codec(band, ["octet-align": "1", "mode-set": "0,2,5"])
        func sent() throws -> UInt8 {
            var payload: [UInt8] = []
            let speech = Speech.wideband
            _ = codec.encode(speech.span.extracting(0..<320), into: &payload)
            return try #require(try Self.types(payload, band, aligned: true).first)
        }
        func request(_ mode: UInt8) throws {
            var samples: [Int16] = []
            try codec.decode([mode << 4, 0x7C].span, into: &samples)
        }
        #expect(try sent() == 5)
        try request(2)
        #expect(try sent() == 2)
        try request(8)
        #expect(try sent() == 2)
        try request(15)
        #expect(try sent() == 2)
        try request(5)
        #expect(try sent() == 5)
        #expect(
            try Self.types(Self.packets(try Self.codec(band), Speech.wideband)[0].payload, band, aligned: false) == [8])
    }

    @Test("Changes every second frame and to neighbours only, if the receiver wants that (§8.1)")
    func changes() throws {
        let fmtp = [
            "octet-align": "1", "mode-set": "0,2,4,7", "mode-change-period": "2", "mode-change-neighbor": "1",
        ]
        let codec = try Self.codec(.narrow, fmtp)
        let speech = try Speech.samples(rate: 8_000)
        var samples: [Int16] = []
        try codec.decode([0x00, 0x7C].span, into: &samples)
        var sent: [UInt8] = []
        for frame in 0..<9 {
            var payload: [UInt8] = []
            _ = codec.encode(speech.span.extracting(frame * 160..<frame * 160 + 160), into: &payload)
            sent += try Self.types(payload, .narrow, aligned: true)
        }
        #expect(sent == [4, 4, 2, 2, 0, 0, 0, 0, 0])
    }

    @Test(
        "Pauses are described every 160 ms and not sent otherwise; speech then begins anew", arguments: AMRBand.allCases
    )
    func discontinuous(_ band: AMRBand) throws {
        let speech = Array(try Speech.samples(rate: band.sampleRate).prefix(band.sampleRate))
        var random: UInt32 = 1
        let pause = (0..<band.sampleRate * 2).map { _ in
            random = random &* 1_664_525 &+ 1_013_904_223
            return Int16(truncatingIfNeeded: Int32(bitPattern: random) >> 26)
        }
        let codec = try Self.codec(band, usesDTX: true)
        let packets = Self.packets(codec, speech + pause + speech)
        let inPause = packets[90..<145]
        #expect(inPause.allSatisfy { $0.sent != .speech })
        #expect((5...10).contains(inPause.count { $0.sent == .comfortNoise }))
        #expect(inPause.allSatisfy { $0.sent != .nothing || $0.payload.isEmpty })
        #expect(packets[0..<40].contains { $0.sent == .speech })
        #expect(packets[152...].contains { $0.sent == .speech })
        #expect(Self.packets(try Self.codec(band), pause).allSatisfy { $0.sent == .speech })

        // What the receiver makes of it: noise at the level of the pause, through all its frames.
        let receiver = try Self.codec(band)
        var decoded: [Int16] = []
        for packet in packets {
            if packet.sent == .nothing {
                receiver.conceal(band.frameSamples, into: &decoded)
            } else {
                try receiver.decode(packet.payload.span, into: &decoded)
            }
            if packet.sent == .comfortNoise { #expect(receiver.isPaused) }
            if packet.sent == .speech { #expect(!receiver.isPaused) }
        }
        let noise = decoded.span.extracting(100 * band.frameSamples..<145 * band.frameSamples)
        #expect(abs(LevelMeter.level(of: noise) - LevelMeter.level(of: pause.span)) < 6)
    }

    @Test(
        "A lost, a damaged and an announced lost frame are hidden, and fade", Speech.needed, arguments: AMRBand.allCases
    )
    func losses(_ band: AMRBand) throws {
        let speech = try Speech.samples(rate: band.sampleRate)
        let packets = Self.packets(try Self.codec(band, ["octet-align": "1"]), speech)
        let receiver = try Self.codec(band, ["octet-align": "1"])
        var heard: [Int16] = []
        for packet in packets[0..<30] { try receiver.decode(packet.payload.span, into: &heard) }
        var gap: [Int16] = []
        receiver.conceal(band.frameSamples, into: &gap)
        var damaged = packets[31].payload
        damaged[1] &= ~0x04
        try receiver.decode(damaged.span, into: &gap)
        #expect(!receiver.isPaused)
        #expect(gap.count == 2 * band.frameSamples)
        let before = LevelMeter.level(of: heard.span.extracting(heard.count - band.frameSamples..<heard.count))
        let first = LevelMeter.level(of: gap.span.extracting(0..<band.frameSamples))
        #expect(first > before - 15, "\(first) after \(before)")
        gap = []
        receiver.conceal(50 * band.frameSamples + 7, into: &gap)
        #expect(gap.count == 50 * band.frameSamples + 7)
        let last = LevelMeter.level(of: gap.span.extracting(40 * band.frameSamples..<50 * band.frameSamples))
        #expect(last < before - 20, "\(last) after \(before)")
    }

    @Test("The end of a talkspurt is filled up to a whole frame", arguments: AMRBand.allCases)
    func partial(_ band: AMRBand) throws {
        let codec = try Self.codec(band)
        var payload: [UInt8] = []
        let samples = [Int16](repeating: 100, count: band.frameSamples + 1)
        #expect(codec.encode(samples.span, into: &payload) == .speech)
        #expect(codec.ticks(of: payload.span) == 2 * band.frameSamples)
        #expect([0, 10, 20, 30, 50, 60, 200].map(codec.packetTime(near:)) == [20, 20, 20, 20, 40, 60, 60])
    }

    @Test("Encoding leaves the samples alone, although the library scales them", arguments: AMRBand.allCases)
    func input(_ band: AMRBand) throws {
        let samples = [Int16](unsafeUninitializedCapacity: band.frameSamples) { buffer, count in
            for index in 0..<band.frameSamples { buffer[index] = Int16(index * 50) }
            count = band.frameSamples
        }
        var payload: [UInt8] = []
        _ = try Self.codec(band).encode(samples.span, into: &payload)
        #expect(samples == (0..<band.frameSamples).map { Int16($0 * 50) })
    }

    @Test("What appends to a packet leaves what is there already")
    func appends() throws {
        let codec = try Self.codec(.wide)
        var payload: [UInt8] = [1, 2, 3]
        let speech = Speech.wideband
        _ = codec.encode(speech.span.extracting(0..<320), into: &payload)
        #expect(payload.prefix(3) == [1, 2, 3])
        #expect(payload.count == 3 + 61)
    }

    @Test(
        "Parameters that are not supported are refused by name",
        arguments: [
            ("crc", "1"), ("robust-sorting", "1"), ("interleaving", "30"), ("channels", "2"), ("mode-set", "9"),
            ("mode-set", "a"), ("mode-set", ","), ("mode-set", "0,1,300"),
        ])
    func unsupported(_ name: String, _ value: String) {
        #expect(throws: CodecError.unsupportedParameter(name: name, value: value)) {
            _ = try AMRParameters(band: .wide) { $0 == name ? value : nil }
        }
    }

    @Test("Parameters as they stand in descriptions")
    func parameters() throws {
        let fmtp = [
            "octet-align": "1", "mode-set": "2, 0,8", "mode-change-period": "2", "mode-change-neighbor": "1",
            "crc": "0",
        ]
        let parameters = try AMRParameters(band: .wide) { fmtp[$0] }
        #expect(parameters.isOctetAligned)
        #expect(parameters.modeSet == [0, 2, 8])
        #expect(parameters.modeChangePeriod == 2)
        #expect(parameters.changesToNeighborsOnly)
        #expect(try AMRParameters(band: .narrow) { _ in nil } == AMRParameters())
    }

    @Test("Random payloads of the right length never trap", arguments: AMRBand.allCases)
    func hostile(_ band: AMRBand) throws {
        let codec = try Self.codec(band, ["octet-align": "1"])
        var random: UInt32 = 5
        for round in 0..<500 {
            let type = UInt8(round % 16)
            guard let bits = band.bits(ofFrameType: type) else { continue }
            let frame = (0..<(bits + 7) / 8).map { _ in
                random = random &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: random >> 24)
            }
            let payload = [UInt8(truncatingIfNeeded: random), type << 3 | 0x04] + frame
            var samples: [Int16] = []
            try codec.decode(payload.span, into: &samples)
            #expect(samples.count == band.frameSamples)
        }
    }
}
