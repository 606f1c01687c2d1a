#if G729
    import Codecs
    import Testing

    @Suite("G.729 (RFC 3551 §4.5.6)", Speech.needed)
    struct G729Tests {
        static let speech = (try? Speech.samples(rate: 8_000)) ?? []

        @Test("20 ms are two frames of ten octets, and come back as 160 samples")
        func frames() throws {
            let (sender, receiver) = (try G729Codec(), try G729Codec())
            var decoded: [Int16] = []
            for start in stride(from: 0, to: Self.speech.count - 160, by: 160) {
                var payload: [UInt8] = []
                let speech = Self.speech
                #expect(sender.encode(speech.span.extracting(start..<start + 160), into: &payload) == .speech)
                #expect(payload.count == 20)
                #expect(receiver.ticks(of: payload.span) == 160)
                try receiver.decode(payload.span, into: &decoded)
            }
            #expect(
                decoded.count == Self.speech.count / 160 * 160 || decoded.count == (Self.speech.count - 1) / 160 * 160)
            let quality = Quality(original: Self.speech, decoded: decoded, rate: 8_000)
            #expect(quality.correlation > 0.6, "\(quality)")
            #expect(quality.logSpectralDistance < 6, "\(quality)")
        }

        @Test("Pauses are described, unless the peer wants no Annex B", arguments: [true, false])
        func pauses(_ usesAnnexB: Bool) throws {
            let sender = try G729Codec(usesAnnexB: usesAnnexB, usesDTX: true)
            let receiver = try G729Codec()
            var decoded: [Int16] = []
            var kinds: [Transmission] = []
            let samples =
                Array(Self.speech.prefix(8_000)) + Array(repeating: 0, count: 16_000) + Self.speech.prefix(8_000)
            for start in stride(from: 0, to: samples.count - 160, by: 160) {
                var payload: [UInt8] = []
                let kind = sender.encode(samples.span.extracting(start..<start + 160), into: &payload)
                kinds.append(kind)
                switch kind {
                case .nothing:
                    #expect(payload.isEmpty)
                    receiver.conceal(160, into: &decoded)
                case .comfortNoise:
                    #expect(payload.count == 2)
                    try receiver.decode(payload.span, into: &decoded)
                    #expect(receiver.isPaused)
                case .speech:
                    #expect([10, 12, 20].contains(payload.count))
                    try receiver.decode(payload.span, into: &decoded)
                }
            }
            let inPause = kinds[70..<140]
            #expect(inPause.allSatisfy { $0 != .speech } == usesAnnexB)
            #expect(kinds.suffix(40).contains(.speech))
            let pause = decoded.span.extracting(100 * 160..<130 * 160)
            #expect(LevelMeter.level(of: pause) < -50)
        }

        @Test("Lost frames are hidden and fade")
        func losses() throws {
            let (sender, receiver) = (try G729Codec(), try G729Codec())
            var decoded: [Int16] = []
            for start in stride(from: 0, to: 4_800, by: 160) {
                var payload: [UInt8] = []
                let speech = Self.speech
                _ = sender.encode(speech.span.extracting(start..<start + 160), into: &payload)
                try receiver.decode(payload.span, into: &decoded)
            }
            var gap: [Int16] = []
            receiver.conceal(8_007, into: &gap)
            #expect(gap.count == 8_007)
            let before = LevelMeter.level(of: decoded.span.extracting(decoded.count - 160..<decoded.count))
            #expect(LevelMeter.level(of: gap.span.extracting(0..<160)) > before - 15)
            #expect(LevelMeter.level(of: gap.span.extracting(4_000..<8_007)) < before - 20)
        }

        @Test("Lengths that are no frames", arguments: [0, 1, 3, 9, 11, 13, 25, 250, 1_000])
        func malformed(_ count: Int) throws {
            let codec = try G729Codec()
            let payload = [UInt8](repeating: 0xA5, count: count)
            #expect(codec.ticks(of: payload.span) == nil)
            var samples: [Int16] = []
            #expect(throws: CodecError.malformedPayload) { try codec.decode(payload.span, into: &samples) }
        }

        @Test("Any octets of the right length give samples")
        func hostile() throws {
            let codec = try G729Codec()
            var random: UInt32 = 3
            for round in 0..<1_000 {
                let count = [2, 10, 12, 20, 22, 240][round % 6]
                let payload = (0..<count).map { _ in
                    random = random &* 1_664_525 &+ 1_013_904_223
                    return UInt8(truncatingIfNeeded: random >> 24)
                }
                var samples: [Int16] = []
                try codec.decode(payload.span, into: &samples)
                #expect(samples.count == (count + 8) / 10 * 80)
            }
        }
    }
#endif
