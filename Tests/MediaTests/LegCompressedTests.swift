import Codecs
import Media
import RTP
import SDP
import Testing
import Timing
import VoiceEngine

@Suite("Leg: AMR and Opus")
struct LegCompressedTests {
    static func amr(_ fmtp: String?) -> PayloadFormat {
        PayloadFormat(payloadType: 97, encodingName: "AMR-WB", clockRate: 16_000, formatParameters: fmtp)
    }

    static func opus(_ fmtp: String? = nil) -> PayloadFormat {
        PayloadFormat(payloadType: 98, encodingName: "opus", clockRate: 48_000, channels: 2, formatParameters: fmtp)
    }

    /// A dull buzz whose pitch wanders about 120 Hz, loud and soft by turns, four times a second.
    static func voice(rate: Int, frames: Int) -> [Int16] {
        var phase = 0.0
        var low = 0.0
        return (0..<rate / 50 * frames).map { index in
            phase += (110 + Double(index * 20 / rate)) / Double(rate)
            phase -= phase.rounded(.down)
            low += (phase * 2 - 1 - low) * min(1, 2_000 / Double(rate))
            return Int16(low * 10_000 * Double(1 + index * 4 / rate % 2) / 2)
        }
    }

    static func bytes(_ samples: [Int16]) -> [UInt8] {
        var bytes: [UInt8] = []
        PCM16.encode(samples.span, into: &bytes)
        return bytes
    }

    /// Sends what a codec makes of a voice to the rig, but for the packets whose numbers are given.
    ///
    /// - Returns: All payloads.
    @discardableResult
    static func speak(
        to rig: LegRig,
        _ codec: any SpeechCodec,
        payloadType: UInt8,
        frames: Int,
        losing lost: Set<Int> = []
    ) throws -> [[UInt8]] {
        let length = codec.sampleRate / 50
        let ticks = UInt32(codec.clockRate / 50)
        let samples = voice(rate: codec.sampleRate, frames: frames)
        var payloads: [[UInt8]] = []
        for frame in 0..<frames {
            var payload: [UInt8] = []
            _ = codec.encode(samples.span.extracting(frame * length..<(frame + 1) * length), into: &payload)
            if lost.contains(frame) {
                rig.skipPacket()
            } else {
                rig.receive(payload, payloadType: payloadType, timestamp: UInt32(frame) * ticks)
            }
            rig.tick()
            payloads.append(payload)
        }
        return payloads
    }

    @Test(
        "AMR-WB both ways, in either form; timestamps count 320 a frame",
        arguments: ["octet-align=1; mode-set=0,1,2", nil])
    func amrWideband(_ fmtp: String?) throws {
        let rig = try LegRig(LegConfiguration(usesDTX: false), engine: .pcm16(rate: 16_000))
        let format = Self.amr(fmtp)
        try rig.setRemote(LegRig.audio(format))
        let peer = try CodecCatalog.codec(
            named: "AMR-WB", clockRate: 16_000, channels: 1, parameter: format.formatParameter
        )
        rig.speak(Self.bytes(Self.voice(rate: 16_000, frames: 50)), turn: "a")
        try Self.speak(to: rig, peer, payloadType: 97, frames: 50)

        #expect(rig.leg.counters.droppedMalformed == 0)
        #expect(rig.engineAudio.count == 50 * 640)
        let spoken = LevelMeter.level(of: Self.voice(rate: 16_000, frames: 50).span)
        let samples = rig.samples
        #expect(abs(LevelMeter.level(of: samples.span.extracting(3_200..<16_000)) - spoken) < 2)

        #expect(rig.rtp.count == 50)
        for (packet, next) in zip(rig.rtp, rig.rtp.dropFirst()) {
            #expect(next.header.timestamp == packet.header.timestamp &+ 320)
        }
        var heard: [Int16] = []
        for packet in rig.rtp { try peer.decode(packet.payload.span, into: &heard) }
        #expect(abs(LevelMeter.level(of: heard.span.extracting(3_200..<16_000)) - spoken) < 2)
    }

    @Test("With DTX a pause is a description now and then, and the next word begins with the marker")
    func discontinuous() throws {
        let rig = try LegRig(engine: .pcm16(rate: 16_000))
        try rig.setRemote(LegRig.audio(Self.amr("octet-align=1")))
        let voice = Self.bytes(Self.voice(rate: 16_000, frames: 25))
        rig.speak(voice, turn: "a")
        rig.leg.endTurn(EngineTurnID("a"))
        rig.tick(125)
        rig.speak(voice, turn: "b")
        rig.leg.endTurn(EngineTurnID("b"))
        rig.tick(25)
        let packets = try rig.rtp.map { packet in
            let contents = try AMRPayload(parsing: packet.payload.span, band: .wide, isOctetAligned: true)
            return (header: packet.header, type: contents.frameType(at: 0))
        }
        let start = rig.rtp[0].header.timestamp
        let pause = packets.filter {
            ($0.header.timestamp &- start) / 320 >= 50 && ($0.header.timestamp &- start) / 320 < 120
        }
        #expect(pause.allSatisfy { $0.type == 9 && !$0.header.marker })
        #expect((6...12).contains(pause.count))
        let marked = packets.filter(\.header.marker)
        #expect(marked.map(\.type) == [8, 8])
        #expect(marked.map { ($0.header.timestamp &- start) / 320 } == [0, 125])
        // Numbers count what is sent, timestamps what is said.
        for (packet, next) in zip(packets, packets.dropFirst()) {
            #expect(next.header.sequenceNumber == packet.header.sequenceNumber &+ 1)
        }
    }

    @Test("A peer's pause is noise that goes on, not loss")
    func peerPauses() throws {
        let rig = try LegRig(engine: .pcm16(rate: 16_000))
        try rig.setRemote(LegRig.audio(Self.amr("octet-align=1")))
        let peer = try AMRCodec(band: .wide, parameters: AMRParameters(band: .wide) { $0 == "octet-align" ? "1" : nil })
        try Self.speak(to: rig, peer, payloadType: 97, frames: 10)
        // A description of silence; the next is due in 160 ms.
        let silence = [0xF0, 0x4C] + [UInt8](repeating: 0, count: 5)
        rig.receive(silence, payloadType: 97, timestamp: 10 * 320)
        rig.tick(8)
        rig.receive(silence, payloadType: 97, timestamp: 18 * 320)
        rig.tick(8)
        // Two frames before the first packet is due.
        #expect(rig.leg.counters.framesConcealed == 2)
    }

    @Test("A payload in the other form is dropped and counted")
    func otherForm() throws {
        let rig = try LegRig(engine: .pcm16(rate: 16_000))
        try rig.setRemote(LegRig.audio(Self.amr("octet-align=1")))
        try Self.speak(to: rig, try AMRCodec(band: .wide), payloadType: 97, frames: 10)
        #expect(rig.leg.counters.droppedMalformed == 10)
        #expect(rig.leg.counters.packetsReceived == 0)
    }

    @Test("The same codec in another form is another codec")
    func reform() throws {
        let rig = try LegRig(LegConfiguration(usesDTX: false), engine: .pcm16(rate: 16_000))
        for fmtp in ["octet-align=1", nil] {
            try rig.setRemote(LegRig.audio(Self.amr(fmtp)))
            rig.tick(3)
        }
        let sizes = rig.rtp.map(\.payload.count)
        // 2 + 60 octets against 10 + 477 bits.
        #expect(sizes == [62, 62, 62, 61, 61, 61])
    }

    @Test("Opus decodes to the engine's rate and sends from it", arguments: [8_000, 16_000, 24_000])
    func opus(_ rate: Int) throws {
        let rig = try LegRig(engine: .pcm16(rate: rate))
        try rig.setRemote(LegRig.audio(Self.opus()))
        rig.speak(Self.bytes(Self.voice(rate: rate, frames: 50)), turn: "a")
        let peer = try OpusCodec(sampleRate: 48_000)
        try Self.speak(to: rig, peer, payloadType: 98, frames: 50)
        #expect(rig.engineAudio.count == 50 * rate / 50 * 2)
        #expect(rig.rtp.count == 50)
        for (packet, next) in zip(rig.rtp, rig.rtp.dropFirst()) {
            #expect(next.header.timestamp == packet.header.timestamp &+ 960)
        }
        let spoken = LevelMeter.level(of: Self.voice(rate: rate, frames: 50).span)
        let samples = rig.samples
        #expect(abs(LevelMeter.level(of: samples.span.extracting(rate / 5..<rate)) - spoken) < 3)
        var heard: [Int16] = []
        for packet in rig.rtp { try peer.decode(packet.payload.span, into: &heard) }
        #expect(abs(LevelMeter.level(of: heard.span.extracting(9_600..<48_000)) - spoken) < 3)
    }

    @Test("An engine that comes later gets its own rate from Opus")
    func laterEngine() throws {
        let rig = try LegRig(engine: nil)
        try rig.setRemote(LegRig.audio(Self.opus()))
        rig.tick(5)
        try rig.leg.attachEngine(EngineAudioFormats(both: .pcm16(rate: 24_000)))
        let payloads = try Self.speak(to: rig, try OpusCodec(sampleRate: 48_000), payloadType: 98, frames: 10)
        #expect(rig.rtp.count == 15)

        // Not resampled: what the decoder gives at this rate, two frames late.
        let reference = try OpusCodec(sampleRate: 24_000)
        var expected: [Int16] = []
        reference.conceal(480, into: &expected)
        let first = try #require(payloads.first)
        reference.conceal(480, next: first.span, into: &expected)
        for payload in payloads.prefix(8) { try reference.decode(payload.span, into: &expected) }
        #expect(rig.samples == expected)
    }

    @Test("A lost Opus packet comes back from the one behind it")
    func redundancy() throws {
        func level(_ fmtp: [String: String]) throws -> Double {
            let rig = try LegRig(engine: .pcm16(rate: 16_000))
            try rig.setRemote(LegRig.audio(Self.opus()))
            let peer = try OpusCodec(sampleRate: 16_000, parameters: OpusParameters { fmtp[$0] })
            peer.expect(loss: 0.1)
            // The level rises at frame 37: what came before does not tell how it goes on.
            try Self.speak(to: rig, peer, payloadType: 98, frames: 50, losing: [37, 38])
            #expect(rig.leg.counters.framesConcealed == 4)
            let samples = rig.samples
            // Two frames later, at the end of the gap.
            return LevelMeter.level(of: samples.span.extracting(40 * 320..<41 * 320))
        }
        let with = try level(["useinbandfec": "1"])
        let without = try level([:])
        #expect(with > without + 2, "\(with) / \(without)")
    }

    @Test("Packets of 40 and 60 ms hold two and three frames", arguments: [40, 60])
    func longPackets(_ milliseconds: Int) throws {
        let rig = try LegRig(LegConfiguration(usesDTX: false), engine: .pcm16(rate: 16_000))
        try rig.setRemote(LegRig.audio(Self.amr("octet-align=1"), packetTime: milliseconds))
        rig.tick(12)
        #expect(rig.rtp.count == 240 / milliseconds)
        for packet in rig.rtp {
            let contents = try AMRPayload(parsing: packet.payload.span, band: .wide, isOctetAligned: true)
            #expect(contents.count == milliseconds / 20)
        }
        for (packet, next) in zip(rig.rtp, rig.rtp.dropFirst()) {
            #expect(next.header.timestamp == packet.header.timestamp &+ UInt32(milliseconds * 16))
        }
    }
}
