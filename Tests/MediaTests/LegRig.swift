import Codecs
import Media
import RTP
import SDP
import Timing
import VoiceEngine

/// A leg with its clock, its peer's packets, and all it has put out.
final class LegRig {
    static let local = IPEndpoint(v4: 0x7F00_0001, port: 20_000)
    static let remote = IPEndpoint(v4: 0x7F00_0001, port: 30_000)

    let leg: Leg
    var now = MonotonicTime.zero
    var rtp: [(header: RTPHeader, payload: [UInt8], destination: IPEndpoint)] = []
    var rtcp: [[UInt8]] = []
    /// Everything that left, as it is on the wire.
    var sent: [(socket: PacketBatch.Packet.Socket, bytes: [UInt8])] = []
    var events: [MediaSessionEvent] = []
    var engineAudio: [UInt8] = []
    private var output = LegOutput()
    private var sequence: UInt16 = 100

    init(_ configuration: LegConfiguration = LegConfiguration(), engine: AudioFormat? = .pcma) throws {
        leg = Leg(
            local: Self.local,
            identity: LegIdentity(
                ssrc: 0xABCD, firstSequenceNumber: 65_530, firstTimestamp: 0xFFFF_FF00, canonicalName: "cname",
                wallClock: 1_700_000_000_000_000_000, seed: 1
            ),
            configuration: configuration
        )
        if let engine { try leg.attachEngine(EngineAudioFormats(both: engine)) }
    }

    static func audio(
        _ codec: PayloadFormat = .pcma,
        address: String = "127.0.0.1",
        direction: MediaDirection = .sendReceive,
        packetTime: Int = 20
    ) -> NegotiatedAudio {
        NegotiatedAudio(
            remoteAddress: address, remotePort: 30_000, remoteRTCPPort: 30_001, codec: codec,
            telephoneEvent: .telephoneEvent, packetTime: packetTime, direction: direction
        )
    }

    func setRemote(_ audio: NegotiatedAudio = audio()) throws {
        try leg.setRemote(audio, at: now)
    }

    /// Runs the clock for some ticks of 20 ms.
    func tick(_ count: Int = 1) {
        for _ in 0..<count {
            output.removeAll()
            leg.tick(grid: now, now: now, into: &output)
            collect()
            now = now + .milliseconds(20)
        }
    }

    /// Whether the last tick asked for an interruption.
    var callerInterrupts: Bool { output.callerInterrupts }

    /// What the engine got, if it takes 16-bit samples.
    var samples: [Int16] {
        var samples: [Int16] = []
        let bytes = engineAudio
        PCM16.decode(bytes.span, into: &samples)
        return samples
    }

    func close() {
        output.removeAll()
        leg.close(at: now, into: &output)
        collect()
    }

    private func collect() {
        events += output.events
        engineAudio += output.engineAudio
        for packet in output.packets.packets {
            let bytes = Array(output.packets.bytes[packet.range])
            sent.append((packet.socket, bytes))
            switch packet.socket {
            case .rtcp:
                rtcp.append(bytes)
            case .rtp:
                guard let parsed = try? RTPPacket(parsing: bytes.span) else { continue }
                rtp.append((parsed.header, Array(bytes[parsed.payload]), packet.destination))
            }
        }
    }

    /// A packet from the peer; its timestamp follows its number.
    func receive(
        _ payload: [UInt8],
        payloadType: UInt8 = 8,
        from source: IPEndpoint = remote,
        timestamp: UInt32? = nil,
        ssrc: UInt32 = 77
    ) {
        var bytes: [UInt8] = []
        RTPHeader(
            payloadType: payloadType, marker: false, sequenceNumber: sequence,
            timestamp: timestamp ?? UInt32(sequence) * 160, ssrc: ssrc
        ).append(to: &bytes)
        bytes += payload
        sequence &+= 1
        receive(datagram: bytes, from: source)
    }

    /// Octets that come to the RTP socket.
    func receive(datagram: [UInt8], from source: IPEndpoint = remote) {
        var bytes = datagram
        var span = bytes.mutableSpan
        leg.receiveRTP(&span, from: source, arrival: now, events: &events)
    }

    /// Octets that come to the RTCP socket.
    func receive(rtcp datagram: [UInt8], from source: IPEndpoint = remote.with(port: 30_001), at time: MonotonicTime) {
        var bytes = datagram
        var span = bytes.mutableSpan
        leg.receiveRTCP(&span, from: source, at: time)
    }

    /// Packets from the peer that are lost, or numbers that a new source leaves out.
    func skipPacket(_ count: UInt16 = 1) {
        sequence &+= count
    }

    func speak(_ bytes: [UInt8], turn: String) {
        leg.playEngineAudio(bytes.span, of: EngineTurnID(turn), at: now, events: &events)
    }

    /// A-law bytes, each frame of 160 of one value, so that what is heard can be told.
    static func marked(frames: Int, first: UInt8 = 0x10) -> [UInt8] {
        (0..<frames).flatMap { Array(repeating: first &+ UInt8(truncatingIfNeeded: $0), count: 160) }
    }

    var report: MediaSessionReport { leg.report }
}
