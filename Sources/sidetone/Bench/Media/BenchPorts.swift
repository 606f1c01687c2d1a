import ArgumentParser
import Media
import MediaTransport
import NIOPosix
import SDP

/// `sidetone bench ports`: sessions opened and closed at speed while another process has some of the ports.
struct BenchPorts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ports",
        abstract: "Opens and closes media sessions at speed and tells what is left of them.",
        discussion: "Exit status 1 if a port, a descriptor or a session is left, or a session got no port."
    )

    @Option(help: "Sessions to open and close.")
    var sessions = 100_000

    @Option(help: "Sessions open at once.")
    var concurrent = 50

    @Option(help: "Per cent of the pairs of which another process has a port.")
    var squatted = 2.0

    @Option(help: "Ports to use, FIRST-LAST.")
    var ports = "20000-29999"

    func validate() throws {
        guard sessions > 0, (1...500).contains(concurrent) else {
            throw ValidationError("sessions must be positive, --concurrent takes 1 to 500")
        }
        guard (0...50).contains(squatted) else { throw ValidationError("--squatted takes 0 to 50") }
        guard BenchPortRange(ports, atLeast: concurrent * 8) != nil else {
            throw ValidationError("ports must be FIRST-LAST with eight for each session at once, not \"\(ports)\"")
        }
    }

    func run() async throws {
        guard let range = BenchPortRange(ports, atLeast: concurrent * 8)?.ports else { return }
        let squatter = try PeerProcess(packetTime: 20)
        let taken = takenPorts(of: range)
        try squatter.start(taken.map { ($0, 9) }, codec: "-")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let plane = try MediaRig.plane(range, on: group)
        // Code, tables and the memory of as many sessions at once belong to none of them.
        try await openAndClose(min(sessions, 2_000), on: plane)
        let (memory, descriptors) = (ProcessFigures.residentAfterTrim(), ProcessFigures.descriptors())
        let (processor, clock) = (MediaBenchReport.processTime(), ContinuousClock.now)
        try await openAndClose(sessions, on: plane)
        let elapsed = (ContinuousClock.now - clock) / .seconds(1)
        let spent = (MediaBenchReport.processTime() - processor) / 1_000 / Double(sessions)
        let (memoryAfter, descriptorsAfter) = (ProcessFigures.residentAfterTrim(), ProcessFigures.descriptors())
        let (status, counters) = (await plane.status(), await plane.counters())
        print(
            "sessions opened and closed: \(sessions), \(Int(Double(sessions) / elapsed)) a second, \(Int(spent)) µs of CPU each"
        )
        print("pairs: \(range.count / 2), of which another process had a port of \(taken.count)")
        print(
            "leases \(counters.ports.leases), passed over \(counters.ports.squatted), refused \(counters.ports.exhaustions)"
        )
        print(
            "left: \(status.sessions) sessions, \(status.leasedPairs) pairs, \(descriptorsAfter - descriptors) descriptors"
        )
        print("resident: \(memory / 1_024) KiB before, \(memoryAfter / 1_024) KiB after")
        await plane.shutdown()
        _ = try squatter.stop()
        try await group.shutdownGracefully()
        guard status.sessions == 0, status.leasedPairs == 0, descriptorsAfter == descriptors,
            counters.ports.exhaustions == 0
        else { throw ExitCode.failure }
    }

    /// Alternately the RTP and the RTCP port of a pair.
    private func takenPorts(of range: ClosedRange<UInt16>) -> [UInt16] {
        let pairs = range.count / 2
        let count = Int(Double(pairs) * squatted / 100)
        guard count > 0 else { return [] }
        let first = range.lowerBound + range.lowerBound % 2
        return (0..<count).map { first + UInt16($0 * (pairs / count) * 2 + $0 % 2) }
    }

    private func openAndClose(_ count: Int, on plane: InProcessMediaPlane) async throws {
        let workers = concurrent
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for worker in 0..<workers {
                tasks.addTask {
                    for number in stride(from: worker, to: count, by: workers) {
                        let session = MediaSessionID("session-\(number)")
                        _ = await plane.open(session)
                        // Exhaustion is counted.
                        if (try? await plane.allocateLeg(session)) != nil {
                            try await plane.setRemote(session, to: Self.audio)
                        }
                        await plane.release(session)
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    private static let audio = NegotiatedAudio(
        remoteAddress: "127.0.0.1", remotePort: 9, remoteRTCPPort: 10, codec: .pcma, telephoneEvent: .telephoneEvent
    )
}
