import ArgumentParser
import Codecs
import Logging
import Media
import MediaTransport
import NIOPosix
import RTP
import SDP
import Timing
import VoiceEngine

/// Processor time of a leg, and how many of them a core carries.
struct BenchMedia: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media",
        abstract: "Measures legs: processor time for a second of one leg, with and without sockets."
    )

    @Option(help: "text or json.")
    var format: MediaBenchReport.Format = .text

    @Option(help: "Legs at once in the measurement with sockets.")
    var legs = 50

    @Option(help: "Seconds that the measurement with sockets takes for each tick length.")
    var seconds = 5

    @Option(help: "Ports to use, FIRST-LAST; two for each leg.")
    var ports = "28000-29999"

    func validate() throws {
        guard legs >= 2, seconds > 0 else { throw ValidationError("legs must be at least 2 and seconds positive") }
        guard portRange != nil else { throw ValidationError("ports must be FIRST-LAST, not \"\(ports)\"") }
    }

    private var portRange: ClosedRange<UInt16>? {
        let ends = ports.split(separator: "-").compactMap { UInt16($0) }
        return ends.count == 2 && ends[0] < ends[1] ? ends[0]...ends[1] : nil
    }

    func run() async throws {
        var report = MediaBenchReport()
        for engine in [AudioFormat.pcma, .pcm16(rate: 16_000), .pcm16(rate: 24_000)] {
            let rounds = try LegBench(engine: engine).run()
            let name = "leg PCMA to and from engine \(Self.name(of: engine)), without sockets"
            report.results.append(.init(name: name, unit: "CPU-ms/leg-s", rounds: rounds))
        }
        for tick in [20, 10, 5] {
            let rounds = try await socketRounds(tick: tick)
            let name = "leg PCMA both ways, \(legs) legs, sockets, \(tick) ms tick"
            report.results.append(.init(name: name, unit: "CPU-ms/leg-s", rounds: rounds))
        }
        report.print(format)
        if format == .text { printCapacity(report) }
    }

    private func printCapacity(_ report: MediaBenchReport) {
        guard let socket = report.results.first(where: { $0.name.contains("sockets, 20 ms") }) else { return }
        print("\nLegs that one core carries at 70 % load (engine connection not included):")
        for result in report.results where result.name.contains("without sockets") {
            // The engine's conversion comes on top of what the sockets cost.
            let relay = report.results[0].median
            let total = socket.median + max(0, result.median - relay)
            print("  \(result.name.prefix { $0 != "," }): \(Int(700 / total))")
        }
    }

    private static func name(of format: AudioFormat) -> String {
        switch format {
        case .pcm16(let rate): "pcm16 \(rate / 1_000) kHz"
        case .pcmu: "PCMU"
        case .pcma: "PCMA"
        }
    }

    /// Pairs of legs that send to each other over the loopback interface.
    private func socketRounds(tick: Int) async throws -> [Double] {
        guard let range = portRange else { return [] }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let plane = try InProcessMediaPlane(
            configuration: MediaPlaneConfiguration(
                address: "127.0.0.1", ports: range, quarantine: .zero, tick: .milliseconds(tick)
            ),
            eventLoopGroup: group,
            logger: Logger(label: "bench")
        )
        var addresses: [(MediaSessionID, LocalMediaAddress)] = []
        for index in 0..<(legs / 2 * 2) {
            let session = MediaSessionID("leg-\(index)")
            _ = await plane.open(session)
            addresses.append((session, try await plane.allocateLeg(session)))
        }
        for index in addresses.indices {
            let peer = addresses[index ^ 1].1
            let audio = NegotiatedAudio(
                remoteAddress: peer.address, remotePort: peer.rtpPort, remoteRTCPPort: peer.rtcpPort,
                codec: .pcma, telephoneEvent: .telephoneEvent
            )
            try await plane.setRemote(addresses[index].0, to: audio)
        }
        var rounds: [Double] = []
        try await Task.sleep(for: .milliseconds(500))
        for _ in 0..<seconds {
            let before = MediaBenchReport.processTime()
            let packets = await plane.counters().legs.packetsReceived
            try await Task.sleep(for: .seconds(1))
            let received = await plane.counters().legs.packetsReceived - packets
            let spent = MediaBenchReport.processTime() - before
            // Fifty packets are a second of one leg.
            if received > 0 { rounds.append(spent / 1e6 / (Double(received) / 50)) }
        }
        await plane.shutdown()
        try await group.shutdownGracefully()
        return rounds
    }
}

/// One leg without sockets, driven as fast as it goes.
private struct LegBench {
    let engine: AudioFormat

    /// CPU milliseconds for a second of the leg.
    func run() throws -> [Double] {
        let local = IPEndpoint(v4: 0x7F00_0001, port: 20_000)
        let remote = IPEndpoint(v4: 0x7F00_0001, port: 20_002)
        let identity = LegIdentity(
            ssrc: 1, firstSequenceNumber: 0, firstTimestamp: 0, canonicalName: "bench", wallClock: 0, seed: 1
        )
        let leg = Leg(local: local, identity: identity)
        try leg.attachEngine(format: engine)
        let audio = NegotiatedAudio(
            remoteAddress: "127.0.0.1", remotePort: 20_002, remoteRTCPPort: 20_003,
            codec: .pcma, telephoneEvent: nil
        )
        try leg.setRemote(audio, at: .zero)
        let packets = packets()
        var answer: [UInt8] = []
        engine.encode(MediaBenchReport.voice(seconds: 1, rate: engine.sampleRate).span, into: &answer)
        let frame = engine.bytesPerMillisecond * 20
        let turn = EngineTurnID("turn")
        var output = LegOutput()
        var now = MonotonicTime.zero
        var sequence: UInt16 = 0
        var packet: [UInt8] = []
        return MediaBenchReport.measure(rounds: 9, milliseconds: 100) {
            output.removeAll()
            packet.removeAll(keepingCapacity: true)
            RTPHeader(
                payloadType: 8, marker: false, sequenceNumber: sequence, timestamp: UInt32(sequence) &* 160, ssrc: 7
            ).append(to: &packet)
            packet.append(contentsOf: packets[Int(sequence) % packets.count])
            var datagram = packet.mutableSpan
            leg.receiveRTP(&datagram, from: remote, arrival: now, events: &output.events)
            let start = Int(sequence) % 50 * frame
            leg.playEngineAudio(
                answer.span.extracting(start..<start + frame), of: turn, at: now, events: &output.events)
            leg.tick(grid: now, now: now, into: &output)
            sequence &+= 1
            now = now + .milliseconds(20)
        }.map { $0 * 50 / 1e6 }
    }

    private func packets() -> [[UInt8]] {
        let samples = MediaBenchReport.voice(seconds: 4, rate: 8_000)
        return stride(from: 0, to: samples.count, by: 160).map { start in
            var payload: [UInt8] = []
            G711.a.encode(samples.span.extracting(start..<start + 160), into: &payload)
            return payload
        }
    }
}
