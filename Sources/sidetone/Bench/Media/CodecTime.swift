import Codecs
import Media
import RTP
import SDP
import Timing
import VoiceEngine

/// Where a leg's time goes, without sockets: the whole leg, and its codec alone.
struct CodecTime {
    /// CPU milliseconds for a second of one leg, round by round, the two in turn.
    var leg: [Double]
    var codec: [Double]

    /// A leg and a codec of the same kind, on the same speech.
    init(_ format: PayloadFormat, engine: AudioFormat, packetTime: Int) throws {
        let voice = try SpokenPayloads(format, packetTime: packetTime)
        let driven = try DrivenLeg(voice, engine: engine, packetTime: packetTime)
        let codec = try format.makeCodec(sampleRate: engine.sampleRate)
        let frames = try SpeechFrames(rate: codec.sampleRate).all
        let perPacket = packetTime / 20
        let packets = stride(from: 0, to: frames.count - perPacket + 1, by: perPacket).map {
            Array(frames[$0..<$0 + perPacket].joined())
        }
        var samples: [Int16] = []
        var payload: [UInt8] = []
        var index = 0
        let times = MediaBenchReport.compare(rounds: 7, milliseconds: 60) {
            driven.packet()
        } _: {
            samples.removeAll(keepingCapacity: true)
            payload.removeAll(keepingCapacity: true)
            let (received, spoken) = (voice.payloads[index % voice.payloads.count], packets[index % packets.count])
            try? codec.decode(received.span, into: &samples)
            _ = codec.encode(spoken.span, into: &payload)
            index += 1
        }
        let packetsPerSecond = 1_000 / Double(packetTime)
        leg = times.first.map { $0 * packetsPerSecond / 1e6 }
        self.codec = times.second.map { $0 * packetsPerSecond / 1e6 }
    }
}

/// One leg without sockets, driven as fast as it goes.
private final class DrivenLeg {
    private let leg: Leg
    private let remote = IPEndpoint(v4: 0x7F00_0001, port: 20_002)
    private let voice: SpokenPayloads
    private let cycles: Int
    private var answer: [UInt8] = []
    private let frame: Int
    private let turn = EngineTurnID("turn")
    private var output = LegOutput()
    private var now = MonotonicTime.zero
    private var number = 0
    private var bytes: [UInt8] = []

    init(_ voice: SpokenPayloads, engine: AudioFormat, packetTime: Int) throws {
        self.voice = voice
        cycles = packetTime / 20
        frame = engine.bytesPerMillisecond * packetTime
        for samples in try SpeechFrames(rate: engine.sampleRate).all { engine.encode(samples.span, into: &answer) }
        let identity = LegIdentity(
            ssrc: 1, firstSequenceNumber: 0, firstTimestamp: 0, canonicalName: "bench", wallClock: 0, seed: 1
        )
        leg = Leg(
            local: IPEndpoint(v4: 0x7F00_0001, port: 20_000),
            identity: identity,
            configuration: LegConfiguration(usesDTX: false)
        )
        try leg.attachEngine(EngineAudioFormats(both: engine))
        let audio = NegotiatedAudio(
            remoteAddress: "127.0.0.1", remotePort: 20_002, remoteRTCPPort: 20_003,
            codec: voice.format, telephoneEvent: nil, packetTime: packetTime
        )
        try leg.setRemote(audio, at: .zero)
    }

    /// A packet in and a packet out, with what belongs to it.
    func packet() {
        output.removeAll()
        bytes.removeAll(keepingCapacity: true)
        RTPHeader(
            payloadType: voice.format.payloadType,
            marker: false,
            sequenceNumber: UInt16(truncatingIfNeeded: number),
            timestamp: UInt32(truncatingIfNeeded: number) &* voice.ticks,
            ssrc: 7
        ).append(to: &bytes)
        bytes += voice.payloads[number % voice.payloads.count]
        var datagram = bytes.mutableSpan
        leg.receiveRTP(&datagram, from: remote, arrival: now, events: &output.events)
        let start = number % (answer.count / frame) * frame
        leg.playEngineAudio(answer.span.extracting(start..<start + frame), of: turn, at: now, events: &output.events)
        for _ in 0..<cycles {
            leg.tick(grid: now, now: now, into: &output)
            now = now + .milliseconds(20)
        }
        number += 1
    }
}
