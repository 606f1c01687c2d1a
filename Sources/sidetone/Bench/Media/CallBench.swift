import Codecs
import Media
import MediaTransport
import SDP

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
    /// Whether the engine's audio is in binary messages, and not in JSON.
    var isBinary = false
    var packetTime: Int
    var calls: Int
    var seconds: Int
    /// Milliseconds between two passes of the plane over its sockets.
    var tick: Int
    /// The first half is the plane's, the second the callers'.
    var ports: ClosedRange<UInt16>

    func run() async throws -> Figures {
        var leg = LegConfiguration()
        // Capacity is for callers that speak, not for those that pause.
        leg.usesDTX = false
        let rig = try MediaRig(ports: ports, packetTime: packetTime, tick: tick, leg: leg)
        var figures = Figures()
        let before = ProcessFigures.residentAfterTrim()
        try await rig.open(calls, codec: codec, engine: engine, isBinary: isBinary)
        try await Task.sleep(for: .milliseconds(1_500))
        try rig.peer.mark()
        try await measure(rig.plane, into: &figures)
        figures.memory = Double(ProcessFigures.resident() - before) / 1_024 / Double(calls)
        figures.peer = try rig.peer.stop()
        figures.counters = await rig.plane.counters()
        try await rig.close()
        return figures
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
