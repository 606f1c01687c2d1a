import ArgumentParser
import Foundation
import NIOPosix

/// `sidetone bench peer`: the far side of calls that are measured, in a process of its own.
///
/// It prints `engine PORT PORT`, of the Realtime dialect and of a binary one, takes lines `LOCAL REMOTE CODEC` and `go`, prints `started`, and at `stop`, or at the end of
/// its input, what it has sent and received since the last `mark`.
struct BenchPeer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peer",
        abstract: "Speaks RTP to 127.0.0.1 and is an engine that echoes: the far side of what is measured.",
        discussion: """
            Takes lines LOCAL REMOTE CODEC, two UDP ports and an encoding name (or - to listen only), then go, mark and \
            stop. Prints the ports of two engines, and at the end a JSON object.
            """
    )

    @Option(help: "Milliseconds of a packet: 20, 40 or 60.")
    var packetTime = 20

    func validate() throws {
        guard [20, 40, 60].contains(packetTime) else { throw ValidationError("--packet-time takes 20, 40 or 60") }
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let engine = try await EchoEngine.start(on: group)
        let binary = try await BinaryEchoEngine.start(on: group)
        Self.say("engine \(engine.port) \(binary.port)")
        let load = try RTPLoad(readStreams(), packetTime: packetTime)
        let hasEnded = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            load.run()
            hasEnded.signal()
        }
        Self.say("started")
        while let line = readLine(), line != "stop" {
            if line == "mark" { load.mark() }
        }
        load.stop()
        Self.wait(for: hasEnded)
        Self.say(String(decoding: try JSONEncoder().encode(load.result()), as: UTF8.self))
        await engine.close()
        await binary.close()
        try await group.shutdownGracefully()
    }

    private func readStreams() throws -> [RTPLoad.Stream] {
        var voices: [String: SpokenPayloads] = [:]
        var streams: [RTPLoad.Stream] = []
        while let line = readLine(), line != "go" {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count == 3, let local = UInt16(fields[0]), let remote = UInt16(fields[1]) else {
                throw ValidationError("LOCAL REMOTE CODEC expected, not \"\(line)\"")
            }
            var stream = RTPLoad.Stream(local: local, remote: remote)
            if fields[2] != "-" {
                guard let format = BenchedFormat.named(fields[2]) else {
                    throw ValidationError("no codec \(fields[2])")
                }
                let voice = try voices[fields[2]] ?? SpokenPayloads(format, packetTime: packetTime)
                voices[fields[2]] = voice
                stream.voice = voice
            }
            streams.append(stream)
        }
        return streams
    }

    private static func wait(for semaphore: DispatchSemaphore) { semaphore.wait() }

    private static func say(_ line: String) {
        print(line)
        fflush(nil)
    }
}
