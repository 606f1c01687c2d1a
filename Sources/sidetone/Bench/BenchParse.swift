import ArgumentParser
import Foundation
import Glibc

/// `sidetone bench parse SECONDS FILE`: process CPU time for each way of parsing a SIP message.
///
/// With `BENCH_FIXED=N` and `BENCH_OP=op` in the environment it makes N calls of that operation and prints nothing,
/// so that instructions can be counted.
struct BenchParse: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "parse", abstract: "Measures the SIP parser.")

    @Argument(help: "How long to measure each operation.")
    var seconds: Double

    @Argument(help: "A SIP message as it comes off the wire.")
    var file: String

    enum Operation: String, CaseIterable {
        /// Our own parse call: framing, start line, table of fields.
        case native
        /// And what a server that answers a call reads of it.
        case server
        /// The fields typed that the parsers of other stacks type by themselves.
        case common
        /// Every header typed.
        case full
        /// And the session description.
        case fullSDP = "full+sdp"
        /// Writing a message that was parsed and not changed.
        case serialise
        /// Looking up the transaction of a request among 100 000.
        case match
        /// Making and writing a request inside a dialog.
        case request
    }

    func run() throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            Output.note("sidetone: \(file) cannot be read")
            throw ExitCode(66)
        }
        let bytes = [UInt8](data)
        let environment = ProcessInfo.processInfo.environment
        if let count = environment["BENCH_FIXED"].flatMap({ Int($0) }) {
            guard let operation = Operation(rawValue: environment["BENCH_OP"] ?? "native") else {
                let names = Operation.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("BENCH_OP is one of \(names)")
            }
            let work = try ParseWork(bytes, for: [operation])
            for _ in 0..<max(0, count) { try work.run(operation) }
            return
        }
        let work = try ParseWork(bytes, for: Operation.allCases)
        for operation in Operation.allCases {
            var count = 0
            var elapsed = 0.0
            let start = Self.processTime()
            repeat {
                for _ in 0..<100 { try work.run(operation) }
                count += 100
                elapsed = Self.processTime() - start
            } while elapsed < seconds
            let nanoseconds = Int(elapsed * 1e9 / Double(count))
            print("peer=ours op=\(operation.rawValue) file=\(file) bytes=\(bytes.count) n=\(count) ns=\(nanoseconds)")
        }
    }

    private static func processTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
