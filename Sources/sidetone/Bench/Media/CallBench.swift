import Codecs
import EngineTransport
import Glibc
import Logging
import Media
import MediaTransport
import NIOPosix
import SDP
import VoiceEngine

/// Calls of one kind through the media plane, with RTP on sockets and a WebSocket to an engine each; the plane has this
/// process for itself, on one thread.
struct CallBench {
    struct Figures {
        /// CPU milliseconds of this process for a second of one call, second by second.
        var rounds: [Double] = []
        /// Calls of the allocator for each RTP packet received; `nil` without the counting library.
        var allocationsPerPacket: Double?
        /// KiB that the process grew by, for each call.
        var memory = 0.0
        /// Octets of a message with 20 ms of audio to the engine.
        var messageLength = 0
        var peer = RTPLoad.Figures()
        var counters = MediaCounters()
    }

    var codec: PayloadFormat
    var engine: AudioFormat
    var packetTime: Int
    var calls: Int
    var seconds: Int
    /// The first half is the plane's, the second the callers'.
    var ports: ClosedRange<UInt16>

    func run() async throws -> Figures {
        let middle = (ports.lowerBound + UInt16(ports.count / 2)) & ~1
        let peer = try PeerProcess(packetTime: packetTime)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var leg = LegConfiguration()
        // Capacity is for callers that speak, not for those that pause.
        leg.usesDTX = false
        let plane = try InProcessMediaPlane(
            configuration: MediaPlaneConfiguration(
                address: "127.0.0.1", ports: ports.lowerBound...middle - 1, quarantine: .zero, leg: leg
            ),
            eventLoopGroup: group,
            logger: Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
        )
        var figures = Figures()
        let before = ProcessFigures.residentAfterTrim()
        try await open(on: plane, callers: middle, engine: peer.enginePort, peer)
        try await Task.sleep(for: .milliseconds(1_500))
        try peer.mark()
        try await measure(plane, into: &figures)
        figures.memory = Double(ProcessFigures.resident() - before) / 1_024 / Double(calls)
        figures.peer = try peer.stop()
        figures.counters = await plane.counters()
        await plane.shutdown()
        try await group.shutdownGracefully()
        return figures
    }

    private func open(on plane: InProcessMediaPlane, callers: UInt16, engine port: Int, _ peer: PeerProcess)
        async throws
    {
        let endpoint = EngineEndpoint(name: "echo", url: "ws://127.0.0.1:\(port)/")
        var streams: [(local: UInt16, remote: UInt16)] = []
        for index in 0..<calls {
            let session = MediaSessionID("call-\(index)")
            _ = await plane.open(session)
            let local = try await plane.allocateLeg(session)
            let caller = callers + UInt16(index * 2)
            let audio = NegotiatedAudio(
                remoteAddress: "127.0.0.1", remotePort: caller, remoteRTCPPort: caller + 1,
                codec: codec, telephoneEvent: .telephoneEvent, packetTime: packetTime
            )
            try await plane.setRemote(session, to: audio)
            try await plane.connectEngine(
                session, to: endpoint, with: EngineSessionConfiguration(audioFormat: engine), within: .seconds(10)
            )
            streams.append((caller, local.rtpPort))
        }
        try peer.start(streams, codec: codec.encodingName)
    }

    private func measure(_ plane: InProcessMediaPlane, into figures: inout Figures) async throws {
        let allocations = ProcessFigures.allocations()
        let packets = await plane.counters().legs.packetsReceived
        for _ in 0..<seconds {
            let (processor, clock) = (MediaBenchReport.processTime(), ContinuousClock.now)
            try await Task.sleep(for: .seconds(1))
            let spent = MediaBenchReport.processTime() - processor
            let elapsed = (ContinuousClock.now - clock) / .seconds(1)
            figures.rounds.append(spent / 1e6 / elapsed / Double(calls))
        }
        let received = await plane.counters().legs.packetsReceived - packets
        guard let allocations, let now = ProcessFigures.allocations(), received > 0 else { return }
        figures.allocationsPerPacket = Double(now - allocations) / Double(received)
    }
}

/// What this process has used.
enum ProcessFigures {
    /// Octets in memory, after the C library gave back what it kept.
    static func residentAfterTrim() -> Int {
        if let symbol = dlsym(nil, "malloc_trim") {
            let trim = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)
            _ = trim(0)
        }
        return resident()
    }

    static func resident() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let fields = String(cString: line).split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    /// Calls of the allocator, if `Scripts/load/alloccount.c` is preloaded.
    static func allocations() -> UInt64? {
        guard let symbol = dlsym(nil, "alloccount") else { return nil }
        return unsafeBitCast(symbol, to: (@convention(c) () -> UInt64).self)()
    }
}
