import ArgumentParser
import CDatagrams
import Codecs
import Glibc
import Media
import RTP
import SDP
import VoiceEngine

/// `sidetone bench strays`: packets from a stranger over the whole range of ports while calls are under way.
struct BenchStrays: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "strays",
        abstract: "Sends packets from strangers to all ports of calls under way and tells what became of them.",
        discussion: "Exit status 1 if one was taken for a caller's, or one came back."
    )

    @Option(help: "Packets of the stranger.")
    var packets = 1_000_000

    @Option(help: "Calls under way.")
    var calls = 100

    @Option(help: "Packets of the stranger in a second.")
    var rate = 20_000

    @Option(help: "Ports to use, FIRST-LAST; four for each call.")
    var ports = "28000-28999"

    func validate() throws {
        guard packets > 0, calls > 0, rate >= 100 else {
            throw ValidationError("packets and calls must be positive, --rate at least 100")
        }
        guard BenchPortRange(ports, atLeast: calls * 4) != nil else {
            throw ValidationError("ports must be FIRST-LAST with four for each call, not \"\(ports)\"")
        }
    }

    func run() async throws {
        guard let range = BenchPortRange(ports, atLeast: calls * 4)?.ports else { return }
        let rig = try MediaRig(ports: range)
        try await rig.open(calls, codec: .pcma, engine: .pcma)
        let stranger = try Stranger(ports: range.lowerBound...MediaRig.middle(of: range) - 1)
        try await Task.sleep(for: .seconds(1))
        let processor = MediaBenchReport.processTime()
        let clock = ContinuousClock.now
        // Every 10 ms what is due, so that the plane's thread shares the processor with a burst, not with a loop.
        while stranger.sent < packets {
            let elapsed = (ContinuousClock.now - clock) / .seconds(1)
            stranger.send(min(packets, Int(elapsed * Double(rate)) + 1) - stranger.sent)
            try await Task.sleep(for: .milliseconds(10))
        }
        let spent = (MediaBenchReport.processTime() - processor) / 1e9
        let elapsed = (ContinuousClock.now - clock) / .seconds(1)
        try await Task.sleep(for: .milliseconds(200))
        let heard = try rig.peer.stop()
        try await Task.sleep(for: .milliseconds(200))
        let legs = await rig.plane.counters().legs
        let (taken, dropped) = (legs.packetsReceived, legs.droppedWrongSource)
        let returned = stranger.received()
        let accepted = Int(taken) - heard.sent
        print("strays: \(stranger.sent) in \(Int(elapsed)) s, over \(range.count / 2) ports, \(calls) calls")
        print("dropped for their source: \(dropped); the others went to ports of no call, or found a full buffer")
        print("taken for a caller's: \(max(0, accepted)); sent back: \(returned)")
        print("callers' packets: \(heard.sent) sent, \(taken) taken in; packets to them: \(heard.received)")
        print("lateness of packets to callers: p99 \(MediaBenchReport.rounded(heard.late99)) ms")
        print("processor: \(MediaBenchReport.rounded(spent / elapsed * 100)) % of a core, the strays' sending included")
        try await rig.close()
        guard accepted <= 0, returned == 0, dropped > 0 else { throw ExitCode.failure }
    }
}

/// A socket that is nobody's peer, and packets that would be taken from one.
private final class Stranger {
    private(set) var sent = 0
    private let socket: Int32
    private let ports: [UInt16]
    private var packets: [[UInt8]] = []

    init(ports: ClosedRange<UInt16>) throws {
        var any = cdatagrams_endpoint(high: 0, low: 0x7F00_0001, port: 0, family: 4)
        socket = cdatagrams_open(&any, 1 << 20, 0)
        guard socket >= 0 else { throw PeerError("no socket: error \(-socket)") }
        self.ports = Array(ports)
        for sequence in 0..<16 {
            var packet: [UInt8] = []
            RTPHeader(
                payloadType: 8,
                marker: sequence == 0,
                sequenceNumber: UInt16(sequence),
                timestamp: UInt32(sequence) * 160,
                ssrc: 0x5EED_0000 + UInt32(sequence)
            ).append(to: &packet)
            packets.append(packet + Array(repeating: 0x2A, count: 160))
        }
        // RTCP: a receiver report, and a BYE. STUN. A header alone, one octet, none.
        packets.append([0x80, 201, 0, 1, 0x5E, 0xED, 0, 0])
        packets.append([0x80, 201, 0, 1, 0x5E, 0xED, 0, 0, 0x81, 203, 0, 1, 0x5E, 0xED, 0, 0])
        packets.append([0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + Array(repeating: 7, count: 12))
        packets.append(Array(packets[0].prefix(12)))
        packets.append([0x80])
        packets.append([])
    }

    deinit { cdatagrams_close(socket) }

    func send(_ count: Int) {
        for _ in 0..<max(count, 0) {
            // The numbers of packets and of ports have no divisor in common, or every port gets the same packets.
            var packet = packets[(sent + sent / ports.count) % packets.count]
            let port = ports[sent % ports.count]
            let length = packet.count
            // A pointer to something, for a datagram of nothing.
            packet.append(0)
            packet.withUnsafeMutableBufferPointer { bytes in
                var datagram = cdatagrams_datagram()
                datagram.bytes = bytes.baseAddress
                datagram.length = UInt32(length)
                datagram.peer = cdatagrams_endpoint(high: 0, low: 0x7F00_0001, port: port, family: 4)
                _ = cdatagrams_send(socket, &datagram, 1)
            }
            sent += 1
        }
    }

    /// Datagrams that came back.
    func received() -> Int {
        var bytes = [UInt8](repeating: 0, count: 1_500)
        var count = 0
        while true {
            let received = bytes.withUnsafeMutableBufferPointer { buffer in
                var datagram = cdatagrams_datagram()
                datagram.bytes = buffer.baseAddress
                datagram.length = UInt32(buffer.count)
                return cdatagrams_receive(socket, &datagram, 1)
            }
            // An error is the word of a closed port, one for each datagram that went there; nothing is the end.
            if received == 0 { return count }
            if received > 0 { count += 1 }
        }
    }
}
