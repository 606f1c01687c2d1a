import ApplicationServer
import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import ReferenceAS
import SIP
import Synchronization

#if LocalEngine
    import LocalEngine
#endif

/// `sidetone bench first-audio`: what the server adds to the time to first audio, from the arrival of a turn's first
/// byte on the WebSocket to its first RTP packet. Server, engine and callers run in this process over loopback.
struct BenchFirstAudio: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "first-audio",
        abstract: "Measures what the server adds to the time to first audio."
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(help: "Calls, one greeting each.")
    var calls = 100

    @Option(help: "Calls at a time.")
    var concurrent = 5

    @Option(help: "text or json.")
    var format = Format.text

    func validate() throws {
        guard (1...10_000).contains(calls), (1...200).contains(concurrent) else {
            throw ValidationError("--calls takes 1 to 10000, --concurrent 1 to 200")
        }
    }

    struct Result: Encodable {
        struct Figure: Encodable {
            var name: String
            var unit: String
            var median: Double
            var p95: Double
            var min: Double
            var max: Double
            var count: Int
        }

        var results: [Figure]
    }

    func run() async throws {
        #if LocalEngine
            let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
            let collector = DelayCollector()
            let engine = LocalEngineServer(
                configuration: LocalEngineConfiguration(port: 0),
                group: group,
                logger: Output.logger("sidetone.bench", level: .warning)
            )
            let port = try await engine.start()
            var configuration = ASConfiguration.defaults
            configuration.sip.listen = [ListenAddress(transport: .udp, host: "127.0.0.1", port: 0)]
            configuration.engines[0].url = "ws://127.0.0.1:\(port)/v1/realtime"
            let logger = Output.logger("sidetone.bench", level: .error)
            let system = try ReferenceSystem(
                configuration: configuration,
                group: group,
                observers: [collector],
                logger: logger
            )
            let phone = try Softphone(configuration: Softphone.Configuration(), group: group, logger: logger)
            try await system.start()
            try await phone.start()
            let address = await system.stack.localAddress(.udp)?.description ?? ""
            await withTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await system.run() }
                tasks.addTask { await phone.answerCalls() }
                await place("sip:assistant@\(address)", phone)
                await phone.stop()
                await system.shutDown(within: .zero)
            }
            await engine.stop()
            try report(collector.delays)
            try await group.shutdownGracefully()
        #else
            Output.note("sidetone: this build has no local engine (trait LocalEngine), which the measurement needs")
            throw ExitCode.failure
        #endif
    }

    private func place(_ target: String, _ phone: Softphone) async {
        await withTaskGroup(of: Void.self) { tasks in
            for number in 0..<calls {
                if number >= concurrent { await tasks.next() }
                tasks.addTask {
                    var plan = SoftphoneCallPlan(target: target, from: "sip:caller@127.0.0.1")
                    // Another phase of the tick for each call.
                    plan.duration = .milliseconds(Int64(1_000 + number % 37))
                    _ = try? await phone.call(plan)
                }
            }
        }
    }

    private func report(_ delays: [Double]) throws {
        let sorted = delays.sorted()
        guard let least = sorted.first, let most = sorted.last else {
            Output.note("sidetone: no call had a turn")
            throw ExitCode.failure
        }
        let figure = Result.Figure(
            name: "first audio added by the server",
            unit: "ms",
            median: sorted[sorted.count / 2],
            p95: sorted[min(sorted.count - 1, sorted.count * 95 / 100)],
            min: least,
            max: most,
            count: sorted.count
        )
        switch format {
        case .json: try Output.json(Result(results: [figure]))
        case .text:
            let text = String(
                format: "%@: median %.1f ms, p95 %.1f ms, min %.1f ms, max %.1f ms of %d turns",
                figure.name,
                figure.median,
                figure.p95,
                figure.min,
                figure.max,
                figure.count
            )
            print(text)
        }
    }
}

/// Gathers the delays of all turns.
private final class DelayCollector: CallObserver {
    private let values = Mutex<[Double]>([])

    var delays: [Double] { values.withLock { $0 } }

    func call(_ callID: String, did entry: CallRecord.Entry) {}

    func callEnded(_ record: CallRecord) {
        values.withLock { $0 += record.turnDelays }
    }
}
