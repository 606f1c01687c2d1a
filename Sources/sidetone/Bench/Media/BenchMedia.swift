import ArgumentParser
import Codecs
import SDP

/// `sidetone bench media`: how many calls a core carries.
struct BenchMedia: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media",
        abstract: "Measures bridged calls and prints the capacity that an operator plans with.",
        discussion: """
            Each row is a number of calls through the media plane on one thread: RTP over UDP from and to callers that \
            speak all the time, and a WebSocket to an engine that echoes. Callers and engine are in another process, \
            which is not counted.
            """
    )

    @Option(help: "text or json.")
    var format: MediaBenchReport.Format = .text

    @Flag(help: "The same as --format json.")
    var json = false

    @Option(help: "Encoding name of a codec to measure; can be repeated. All of the build, if there is none.")
    var codec: [String] = []

    @Option(help: "Format of the engine's audio: pcm8, pcm16, pcm24, pcma, pcmu; can be repeated. The three PCM rates.")
    var engine: [String] = []

    @Flag(help: "The engine's audio is in binary messages (Deepgram's dialect), not as Base64 in JSON (Realtime).")
    var binary = false

    @Option(help: "Milliseconds of a packet: 20, 40 or 60; can be repeated. 20.")
    var packetTime: [Int] = []

    @Option(help: "Milliseconds between two passes of the plane over its sockets: 5, 10 or 20.")
    var tick = 20

    @Option(help: "Calls at once.")
    var calls = 50

    @Option(help: "Seconds that each row is measured for.")
    var seconds = 4

    @Option(help: "Times to go through all rows.")
    var rounds = 1

    @Option(help: "Per cent of a core: adds a row of as many calls as make this load, for the lateness of packets.")
    var load: Int?

    @Option(help: "Ports to use, FIRST-LAST; four for each call.")
    var ports = "28000-31999"

    func validate() throws {
        guard calls > 0, seconds > 0, rounds > 0 else { throw ValidationError("calls, seconds and rounds: 1 or more") }
        guard BenchPortRange(ports, atLeast: calls * 4) != nil else {
            throw ValidationError("ports must be FIRST-LAST with four for each call, not \"\(ports)\"")
        }
        for name in codec where !BenchedFormat.available.contains(where: { $0.encodingName == name }) {
            let known = BenchedFormat.available.map(\.encodingName).joined(separator: ", ")
            throw ValidationError("no codec \"\(name)\" in this build; it has \(known)")
        }
        for name in engine where AudioFormat(benchName: name) == nil {
            throw ValidationError("--engine takes pcm8, pcm16, pcm24, pcma or pcmu, not \"\(name)\"")
        }
        guard packetTime.allSatisfy([20, 40, 60].contains) else {
            throw ValidationError("--packet-time takes 20, 40 or 60")
        }
        guard [5, 10, 20].contains(tick) else { throw ValidationError("--tick takes 5, 10 or 20") }
        if let load, !(1...95).contains(load) { throw ValidationError("--load takes 1 to 95") }
    }

    func run() async throws {
        guard let range = BenchPortRange(ports, atLeast: calls * 4)?.ports else { return }
        let codecs = codec.isEmpty ? BenchedFormat.available : codec.compactMap(BenchedFormat.named)
        let engines = (engine.isEmpty ? ["pcm8", "pcm16", "pcm24"] : engine).compactMap(AudioFormat.init(benchName:))
        var table = CapacityTable()
        table.isBinary = binary
        for codec in codecs {
            for engine in engines {
                for time in packetTime.isEmpty ? [20] : packetTime {
                    let parts = try CodecTime(codec, engine: engine, packetTime: time)
                    table.rows.append(CapacityTable.Row(codec, engine, packetTime: time, calls: calls, parts: parts))
                }
            }
        }
        for _ in 0..<rounds {
            for index in table.rows.indices { try await measure(&table.rows[index], calls: calls, range) }
        }
        if let load, let first = table.rows.first {
            var loaded = first
            loaded.calls = max(1, Int(Double(load) * 10 / first.median))
            guard range.count >= loaded.calls * 4 else {
                throw ValidationError("\(loaded.calls) calls need more ports")
            }
            loaded.figures = []
            try await measure(&loaded, calls: loaded.calls, range)
            table.loaded = loaded
        }
        table.floor = try SystemCallFloor(datagram: 172, message: 900)
        table.print(json ? .json : format)
    }

    private func measure(_ row: inout CapacityTable.Row, calls: Int, _ range: ClosedRange<UInt16>) async throws {
        let bench = CallBench(
            codec: row.codec, engine: row.engine, isBinary: binary, packetTime: row.packetTime, calls: calls,
            seconds: seconds,
            tick: tick,
            ports: range
        )
        row.figures.append(try await bench.run())
    }
}
