import Codecs
import Media
import RTP
import SDP
import Timing
import VoiceEngine

/// A leg that listens to a stream behind a network, on a virtual clock: packets are handed in as they arrive, and every
/// 20 ms of the clock are a tick.
public final class ReceptionRun {
    public static let remote = IPEndpoint(v4: 0x7F00_0001, port: 30_000)
    /// Milliseconds of a tick.
    public static let tick = 20.0

    public let leg: Leg
    /// What the engine got, at the codec's rate. The first sample is that of the tick at time 0 of the clock.
    public private(set) var heard: [Int16] = []
    public private(set) var events: [MediaSessionEvent] = []
    public private(set) var now = 0.0
    private let rate: Int
    private var pending: [(time: Double, bytes: [UInt8])] = []
    private var output = LegOutput()

    /// - Parameters:
    ///   - format: Of the codec that is spoken.
    ///   - rate: Hz that the engine takes.
    public init(format: PayloadFormat, rate: Int, configuration: LegConfiguration = LegConfiguration()) throws {
        self.rate = rate
        leg = Leg(
            local: IPEndpoint(v4: 0x7F00_0001, port: 20_000),
            identity: LegIdentity(
                ssrc: 1, firstSequenceNumber: 0, firstTimestamp: 0, canonicalName: "x", wallClock: 0, seed: 1
            ),
            configuration: configuration
        )
        try leg.attachEngine(EngineAudioFormats(both: .pcm16(rate: rate)))
        let audio = NegotiatedAudio(
            remoteAddress: "127.0.0.1", remotePort: 30_000, remoteRTCPPort: 30_001, codec: format,
            telephoneEvent: nil, packetTime: 20, direction: .receiveOnly
        )
        try leg.setRemote(audio, at: .zero)
    }

    /// Sends packets over a path; they arrive as the clock goes on.
    public func send(_ packets: [PacketStream.Packet], over path: inout NetworkPath) {
        for packet in packets {
            for arrival in path.arrivals(ofPacketSentAt: packet.time) { pending.append((arrival, packet.bytes)) }
        }
        // Stable, so that what arrives at the same time keeps its order.
        let order = pending.indices.sorted { (pending[$0].time, $0) < (pending[$1].time, $1) }
        pending = order.map { pending[$0] }
    }

    /// Runs the clock to this time, or until a second after the last packet.
    public func run(until end: Double? = nil) {
        let last = end ?? (pending.last?.time ?? now) + 1_000
        var next = 0
        while now < last {
            while next < pending.count, pending[next].time <= now {
                let (time, bytes) = pending[next]
                var datagram = bytes
                var span = datagram.mutableSpan
                leg.receiveRTP(&span, from: Self.remote, arrival: Self.instant(time), events: &events)
                next += 1
            }
            output.removeAll()
            leg.tick(grid: Self.instant(now), now: Self.instant(now), into: &output)
            events += output.events
            appendHeard()
            now += Self.tick
        }
        pending.removeFirst(next)
    }

    /// A tick before the first packet gives nothing: silence keeps what is heard in step with the clock.
    private func appendHeard() {
        let bytes = output.engineAudio
        if bytes.isEmpty { heard.append(contentsOf: repeatElement(0, count: rate / 50)) }
        PCM16.decode(bytes.span, into: &heard)
    }

    private static func instant(_ milliseconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(milliseconds * 1e6))
    }
}
