import Codecs
import SDP

/// What calls of each kind cost, and how many of them fit on a number of cores.
struct CapacityTable {
    struct Row {
        let codec: PayloadFormat
        let engine: AudioFormat
        let packetTime: Int
        var calls: Int
        let parts: CodecTime
        /// One for each time the row was measured.
        var figures: [CallBench.Figures] = []

        init(_ codec: PayloadFormat, _ engine: AudioFormat, packetTime: Int, calls: Int, parts: CodecTime) {
            self.codec = codec
            self.engine = engine
            self.packetTime = packetTime
            self.calls = calls
            self.parts = parts
        }

        var result: MediaBenchReport.Result {
            .init(name: name, unit: "CPU-ms/call-s", rounds: figures.flatMap(\.rounds))
        }

        var name: String { "\(codec.encodingName), engine \(engine.benchName), \(packetTime) ms" }
        var median: Double { result.median }
        /// Per cent of a leg without sockets, and of the whole call, that is the codec's.
        var shareOfLeg: Double { Self.median(parts.codec) / max(Self.median(parts.leg), 0.001) * 100 }
        var shareOfCall: Double { Self.median(parts.codec) / max(median, 0.001) * 100 }
        var memory: Double { figures.first?.memory ?? 0 }
        var allocations: Double? { figures.last?.allocationsPerPacket }

        /// Calls that `cores` carry at 70 % load.
        func capacity(cores: Int) -> Int { median > 0 ? Int(700 * Double(cores) / median) : 0 }

        /// Per cent of the packets that the callers expected and got.
        var delivered: Double {
            let expected = Double(calls * 1_000 / packetTime) * Double(result.rounds.count)
            return Double(figures.map(\.peer.received).reduce(0, +)) / max(expected, 1) * 100
        }

        private static func median(_ rounds: [Double]) -> Double {
            MediaBenchReport.Result(name: "", unit: "", rounds: rounds).median
        }
    }

    var rows: [Row] = []
    /// Whether the engine's audio is in binary messages, and not in JSON.
    var isBinary = false
    /// The first row again, with as many calls as make a given load.
    var loaded: Row?
    var floor: SystemCallFloor?

    func print(_ format: MediaBenchReport.Format) {
        switch format {
        case .json: printJSON()
        case .text: printText()
        }
    }

    private func printText() {
        let messages = isBinary ? "binary messages" : "JSON and Base64"
        Swift.print("Bridged calls: RTP from and to a caller, a WebSocket with \(messages) to an engine.\n")
        Swift.print(
            Self.line(["codec", "engine", "ms", "CPU-ms", "least", "codec's", "of leg", "KiB", "allocs", "got"]))
        Swift.print(Self.line(["", "", "", "/call-s", "", "share", "", "/call", "/packet", "%"]))
        for row in rows {
            let figures = [row.median, row.result.minimum].map { Self.text($0, digits: 2) }
            let shares = [row.shareOfCall, row.shareOfLeg].map { Self.text($0, digits: 0) + "%" }
            let last = [Self.text(row.memory, digits: 0), row.allocations.map { Self.text($0, digits: 2) } ?? "-"]
            Swift.print(
                Self.line(
                    [row.codec.encodingName, row.engine.benchName, "\(row.packetTime)"] + figures + shares + last
                        + [Self.text(row.delivered, digits: 0)]
                )
            )
        }
        Swift.print("\nCalls at 70 % of the processors, signalling not counted:\n")
        let cores = [1, 2, 4, 8, 16]
        Swift.print(Self.line(["codec", "engine", "ms"] + cores.map { $0 == 1 ? "1 core" : "\($0) cores" }))
        for row in rows {
            Swift.print(
                Self.line(
                    [row.codec.encodingName, row.engine.benchName, "\(row.packetTime)"]
                        + cores.map { "\(row.capacity(cores: $0))" }
                )
            )
        }
        if let floor {
            let cost = Self.text(floor.perCallSecond, digits: 2)
            Swift.print(
                "\nThe system calls of a call alone (a packet and a message each way every 20 ms): \(cost) CPU-ms/call-s"
            )
        }
        if let loaded, let figures = loaded.figures.first {
            let late = figures.peer
            Swift.print(
                "\nWith \(loaded.calls) calls (\(loaded.name)), \(Self.text(loaded.median * Double(loaded.calls) / 10, digits: 0)) "
                    + "% of a core: packets late by \(Self.text(late.lateMedian, digits: 2)) ms (median), "
                    + "\(Self.text(late.late99, digits: 2)) ms (p99), \(Self.text(late.lateMost, digits: 2)) ms (most); "
                    + "ticks left out: \(figures.counters.ticksSkipped)"
            )
        }
    }

    private func printJSON() {
        let items = (rows + (loaded.map { [$0] } ?? [])).map { row in
            let late = row.figures.last?.peer ?? RTPLoad.Figures()
            var members = [
                "\"name\":\"\(row.name)\"", "\"unit\":\"\(row.result.unit)\"",
                "\"median\":\(MediaBenchReport.rounded(row.median))",
                "\"min\":\(MediaBenchReport.rounded(row.result.minimum))",
                "\"codec\":\"\(row.codec.encodingName)\"", "\"engine\":\"\(row.engine.benchName)\"",
                "\"packetTimeMs\":\(row.packetTime)", "\"calls\":\(row.calls)",
                "\"codecShareOfCall\":\(MediaBenchReport.rounded(row.shareOfCall / 100))",
                "\"codecShareOfLeg\":\(MediaBenchReport.rounded(row.shareOfLeg / 100))",
                "\"memoryKiBPerCall\":\(MediaBenchReport.rounded(row.memory))",
                "\"callsPerCoreAt70\":\(row.capacity(cores: 1))",
                "\"lateP99Ms\":\(MediaBenchReport.rounded(late.late99))",
                "\"deliveredPercent\":\(MediaBenchReport.rounded(row.delivered))",
            ]
            if let allocations = row.allocations {
                members.append("\"allocationsPerPacket\":\(MediaBenchReport.rounded(allocations))")
            }
            return "{\(members.joined(separator: ","))}"
        }
        let floor = MediaBenchReport.rounded(floor?.perCallSecond ?? 0)
        Swift.print("{\"results\":[\(items.joined(separator: ","))],\"systemCallsCPUMsPerCallSecond\":\(floor)}")
    }

    private static func line(_ columns: [String]) -> String {
        columns.enumerated().map { index, text in
            let padding = String(repeating: " ", count: max(0, (index < 2 ? 8 : 9) - text.count))
            return index < 2 ? text + padding : padding + text
        }.joined()
    }

    private static func text(_ value: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        guard digits > 0 else { return "\(Int(rounded))" }
        let parts = "\(rounded)".split(separator: ".")
        guard parts.count == 2 else { return "\(rounded)" }
        return parts[0] + "." + String(parts[1].prefix(digits)).padded(to: digits)
    }
}

extension String {
    fileprivate func padded(to length: Int) -> String { self + String(repeating: "0", count: max(0, length - count)) }
}
