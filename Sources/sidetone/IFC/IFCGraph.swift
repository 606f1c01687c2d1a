import IMS

/// Criteria as a graph: from the request through each trigger to the application servers, in order of priority.
struct IFCGraph {
    private struct Node {
        let id: String
        let text: [String]
        let isServer: Bool
        /// `nil` without a request.
        let isMet: Bool?
    }

    private struct Edge {
        let from: String
        let to: String
        let label: String
        let isDotted: Bool
    }

    private var nodes: [Node] = []
    private var edges: [Edge] = []

    /// Profiles on their own.
    init(_ profiles: [(profile: ServiceProfile, criteria: [InitialFilterCriteria])]) {
        for (index, (profile, criteria)) in profiles.enumerated() {
            let names = profile.publicIdentities.map(\.identity)
            add(names.isEmpty ? ["initial request"] : names, criteria.map { ($0, nil) }, prefix: "p\(index)")
        }
    }

    /// What a request meets.
    init(_ evaluation: ProfileEvaluation, identity: String?) {
        let criteria = evaluation.criteria.compactMap { explanation in
            explanation.criterion.map { ($0, Optional(explanation.matched)) }
        }
        add([identity ?? "request"], criteria, prefix: "p0")
    }

    private mutating func add(
        _ start: [String], _ criteria: [(criterion: InitialFilterCriteria, isMet: Bool?)], prefix: String
    ) {
        nodes.append(Node(id: prefix, text: start, isServer: false, isMet: nil))
        var previous = prefix
        for (index, (criterion, isMet)) in criteria.enumerated() {
            let id = "\(prefix)c\(index)"
            nodes.append(Node(id: id, text: Self.text(criterion), isServer: false, isMet: isMet))
            nodes.append(
                Node(id: id + "s", text: [criterion.applicationServer.serverName], isServer: true, isMet: isMet))
            edges.append(Edge(from: previous, to: id, label: index == 0 ? "" : "then", isDotted: false))
            let handling = criterion.applicationServer.defaultHandling
            edges.append(
                Edge(
                    from: id, to: id + "s", label: handling == .sessionContinued ? "continued" : "terminated",
                    isDotted: isMet == false))
            previous = id
        }
    }

    private static func text(_ criterion: InitialFilterCriteria) -> [String] {
        var lines = ["priority \(criterion.priority)"]
        if let part = criterion.profilePart { lines.append(part == .registered ? "registered" : "unregistered") }
        guard let trigger = criterion.triggerPoint else { return lines + ["every initial request"] }
        let inner = trigger.isConjunctiveNormalForm ? " or " : " and "
        let outer = trigger.isConjunctiveNormalForm ? "and " : "or "
        let numbers = Set(trigger.servicePointTriggers.flatMap(\.groups)).sorted()
        for (position, number) in numbers.enumerated() {
            let tests = trigger.servicePointTriggers.filter { $0.groups.contains(number) }.map(\.summary)
            lines.append((position == 0 ? "" : outer) + tests.joined(separator: inner))
        }
        return lines
    }

    /// A Mermaid flowchart.
    var mermaid: String {
        var lines = ["flowchart TD"]
        for node in nodes {
            let text = node.text.map(Self.htmlEscaped).joined(separator: "<br/>")
            lines.append("    \(node.id)\(node.isServer ? "([" : "[")\"\(text)\"\(node.isServer ? "])" : "]")")
        }
        for edge in edges {
            let arrow = edge.isDotted ? "-.->" : "-->"
            lines.append("    \(edge.from) \(arrow)\(edge.label.isEmpty ? "" : "|\(edge.label)|") \(edge.to)")
        }
        if nodes.contains(where: { $0.isMet == true }) {
            lines.append("    classDef met stroke-width:3px")
            let met = nodes.filter { $0.isMet == true }.map(\.id).joined(separator: ",")
            lines.append("    class \(met) met")
        }
        return lines.joined(separator: "\n")
    }

    /// A Graphviz digraph.
    var dot: String {
        var lines = ["digraph ifc {", "    node [shape=box, fontname=\"monospace\"];"]
        for node in nodes {
            let text = node.text.map { $0.flatMap { "\"\\".contains($0) ? ["\\", $0] : [$0] } }
                .map { String($0) }.joined(separator: "\\n")
            let shape = node.isServer ? ", shape=oval" : ""
            let style = node.isMet == true ? ", penwidth=3" : node.isMet == false ? ", style=dashed" : ""
            lines.append("    \(node.id) [label=\"\(text)\"\(shape)\(style)];")
        }
        for edge in edges {
            let style = edge.isDotted ? ", style=dashed" : ""
            lines.append("    \(edge.from) -> \(edge.to) [label=\"\(edge.label)\"\(style)];")
        }
        return (lines + ["}"]).joined(separator: "\n")
    }

    private static func htmlEscaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\"": result += "#quot;"
            case "<": result += "#lt;"
            case ">": result += "#gt;"
            case "#": result += "#35;"
            case "&": result += "#amp;"
            default: result.append(character)
            }
        }
    }
}
