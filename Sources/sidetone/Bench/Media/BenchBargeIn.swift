import ArgumentParser
import Codecs
import Foundation
import Media
import MediaTransport
import NIOPosix
import SDP
import VoiceEngine

/// `sidetone bench barge-in`: from the engine's word that the caller speaks to the last packet of the turn, on the wire.
struct BenchBargeIn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "barge-in",
        abstract: "Measures on the wire how soon a turn ends when the caller speaks, and what is reported of it.",
        discussion: """
            The callers' sockets record when each packet was taken in by the kernel. Exit status 1 if the milliseconds \
            reported to the engine differ from those captured by more than one frame.
            """
    )

    @Option(help: "Interruptions of all calls together.")
    var interruptions = 600

    @Option(help: "Calls at once.")
    var calls = 20

    @Option(help: "text or json.")
    var format: MediaBenchReport.Format = .text

    @Option(help: "Ports to use, FIRST-LAST; four for each call.")
    var ports = "28000-28999"

    func validate() throws {
        guard calls > 0, interruptions >= calls else {
            throw ValidationError("interruptions must be at least as many as calls")
        }
        guard BenchPortRange(ports, atLeast: calls * 4) != nil else {
            throw ValidationError("ports must be FIRST-LAST with four for each call, not \"\(ports)\"")
        }
    }

    func run() async throws {
        guard let range = BenchPortRange(ports, atLeast: calls * 4)?.ports else { return }
        let callers = MediaRig.middle(of: range)
        let turns = interruptions / calls
        let records = (0..<calls).map { _ in InterruptingEngine.Record() }
        let (group, engineGroup) = (
            MultiThreadedEventLoopGroup(numberOfThreads: 1), MultiThreadedEventLoopGroup(numberOfThreads: 1)
        )
        let plane = try MediaRig.plane(range.lowerBound...callers - 1, on: group)
        let engine = try await InterruptingEngine.start(on: engineGroup, turns: turns, records: records)
        let capture = try WireCapture(ports: (0..<calls).map { callers + UInt16($0 * 2) })
        Thread.detachNewThread { capture.run() }
        for index in 0..<calls {
            let session = MediaSessionID("call-\(index)")
            _ = await plane.open(session)
            _ = try await plane.allocateLeg(session)
            let caller = callers + UInt16(index * 2)
            let audio = NegotiatedAudio(
                remoteAddress: "127.0.0.1", remotePort: caller, remoteRTCPPort: caller + 1, codec: .pcma,
                telephoneEvent: nil
            )
            try await plane.setRemote(session, to: audio)
            // Connections are told apart by their order.
            try await plane.connectEngine(
                session,
                to: EngineEndpoint(name: "bench", url: "ws://127.0.0.1:\(engine.port)/"),
                with: EngineSessionConfiguration(audioFormat: .pcma),
                within: .seconds(10)
            )
        }
        while records.contains(where: { $0.interruptions.withLock { $0.count } < turns }) {
            try await Task.sleep(for: .milliseconds(100))
        }
        try await Task.sleep(for: .milliseconds(100))
        capture.stop()
        await plane.shutdown()
        await engine.close()
        try await group.shutdownGracefully()
        try await engineGroup.shutdownGracefully()
        try report(records.map { $0.interruptions.withLock { $0 } }, capture)
    }

    private func report(_ interruptions: [[InterruptingEngine.Interruption]], _ capture: WireCapture) throws {
        var delays: [Double] = []
        var differences: [Int] = []
        for (index, list) in interruptions.enumerated() {
            let runs = capture.runs(of: index)
            guard runs.count == list.count else {
                throw PeerError("call \(index): \(list.count) turns were interrupted, \(runs.count) were on the wire")
            }
            for (interruption, run) in zip(list, runs) {
                // The last packet may have left before.
                delays.append(Double(max(0, run.last - interruption.started)) / 1e6)
                differences.append(interruption.heard - run.packets * 20)
            }
        }
        delays.sort()
        let (least, most) = (differences.min() ?? 0, differences.max() ?? 0)
        let (median, p99, last) = (delays[delays.count / 2], delays[delays.count * 99 / 100], delays[delays.count - 1])
        switch format {
        case .json:
            print(
                "{\"results\":[{\"name\":\"speech started to last packet\",\"unit\":\"ms\",\"count\":\(delays.count),"
                    + "\"median\":\(MediaBenchReport.rounded(median)),\"p99\":\(MediaBenchReport.rounded(p99)),"
                    + "\"max\":\(MediaBenchReport.rounded(last)),\"reportedLessCapturedMs\":[\(least),\(most)]}]}"
            )
        case .text:
            print("interruptions: \(delays.count), in \(calls) calls at once")
            print(
                "from the engine's speech_started to the last packet of the turn: median \(MediaBenchReport.rounded(median)) ms, "
                    + "p99 \(MediaBenchReport.rounded(p99)) ms, most \(MediaBenchReport.rounded(last)) ms"
            )
            print("milliseconds reported less milliseconds on the wire: \(least) to \(most)")
        }
        guard least >= -20, most <= 20 else { throw ExitCode.failure }
    }
}
