import IMS
import SIP
import Timing

/// The messages of a simulation as a ladder, for people and for Mermaid.
struct IFCLadder {
    private static let timeWidth = 9
    private static let widest = 34

    private let simulation: IFCSimulation
    /// From left to right.
    private let nodes: [String]

    init(_ simulation: IFCSimulation) {
        self.simulation = simulation
        var nodes = [simulation.caller, IFCSimulation.servingCSCF]
        for step in simulation.steps {
            for node in [step.from, step.to].compactMap({ $0 }) where !nodes.contains(node) { nodes.append(node) }
        }
        self.nodes = nodes
    }

    var text: String {
        let labels = simulation.steps.filter { $0.to != nil }.map(\.text.count) + nodes.map(\.count)
        let width = min(max((labels.max() ?? 0) + 6, 18), Self.widest)
        var lines = [Self.pad("", Self.timeWidth) + nodes.map { Self.pad(Self.cut($0, width - 2), width) }.joined()]
        var last: MonotonicTime?
        for step in simulation.steps {
            let time = step.at == last ? "" : Self.seconds(step.at)
            last = step.at
            lines.append(Self.pad(time, Self.timeWidth) + row(step, width))
        }
        lines.append("")
        lines.append(verdict)
        return lines.map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    /// What the caller got, and which servers the request visited.
    private var verdict: String {
        var lines: [String] = []
        let visits = simulation.visits.map(\.criterion.applicationServer.serverName)
        lines.append("visited: " + (visits.isEmpty ? "no application server" : visits.joined(separator: ", then ")))
        if let delivery = simulation.deliveries.last { lines.append("delivered to: \(delivery)") }
        if let final = simulation.final {
            let seconds = Self.seconds(final.at)
            lines.append(
                "\(simulation.caller) got: \(final.response.status) \(final.response.reasonPhrase) at \(seconds)")
        } else {
            lines.append("\(simulation.caller) got no final response")
        }
        if simulation.isCutShort { lines.append("cut short: the request goes round in circles") }
        return lines.joined(separator: "\n")
    }

    private func row(_ step: IFCSimulation.Step, _ width: Int) -> String {
        var cells = Array(nodes.indices.map { _ in Self.pad("|", width) }.joined())
        guard let from = nodes.firstIndex(of: step.from) else { return String(cells) }
        guard let to = step.to.flatMap({ nodes.firstIndex(of: $0) }) else {
            let start = from * width + 2
            let note = Array("* \(step.text)")
            let end = max(cells.count, start + note.count)
            cells += Array(repeating: " ", count: end - cells.count)
            // A remark may cross the lines of nodes to its right.
            cells.replaceSubrange(start..<start + note.count, with: note)
            return String(cells)
        }
        let left = min(from, to) * width
        let right = max(from, to) * width
        let label = Array(Self.cut(step.text, right - left - 6))
        for index in left + 1..<right { cells[index] = "-" }
        if to > from { cells[right - 1] = ">" } else { cells[left + 1] = "<" }
        let start = left + 1 + (right - left - 1 - label.count) / 2
        cells.replaceSubrange(start..<start + label.count, with: label)
        if start > left + 2 { cells[start - 1] = " " }
        if start + label.count < right - 1 { cells[start + label.count] = " " }
        return String(cells)
    }

    var mermaid: String {
        var lines = ["sequenceDiagram"]
        for (index, node) in nodes.enumerated() { lines.append("    participant n\(index) as \(Self.plain(node))") }
        for step in simulation.steps {
            guard let from = nodes.firstIndex(of: step.from) else { continue }
            if let to = step.to.flatMap({ nodes.firstIndex(of: $0) }) {
                let arrow = step.text.first?.isNumber ?? false ? "-->>" : "->>"
                lines.append("    n\(from)\(arrow)n\(to): \(Self.plain(step.text))")
            } else {
                lines.append("    Note over n\(from): \(Self.plain(step.text))")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Mermaid ends a statement at a semicolon and reads `#` as an escape.
    private static func plain(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case ";": result += "#59;"
            case "#": result += "#35;"
            default: result.append(character)
            }
        }
    }

    private static func seconds(_ time: MonotonicTime) -> String {
        let milliseconds = time.nanoseconds / 1_000_000
        let fraction = String(milliseconds % 1_000)
        return "\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - fraction.count) + fraction + " s"
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func cut(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
    }
}
