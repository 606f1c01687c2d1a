/// One element of a profile document: a place in the tree, with the questions a reader asks.
struct ProfileElement: Sendable {
    private let tree: MarkupTree
    private let index: Int

    init(rootOf tree: MarkupTree) {
        self.tree = tree
        index = 0
    }

    private init(_ tree: MarkupTree, _ index: Int) {
        self.tree = tree
        self.index = index
    }

    private var node: MarkupTree.Node { tree.nodes[index] }

    var name: String { node.name }
    var isInNamespace: Bool { !node.namespace.isEmpty }
    var rawText: String { node.text }

    /// The text without the white space around it.
    var text: String { node.text.trimmingXMLSpace() }

    var children: [ProfileElement] { node.children.map { ProfileElement(tree, $0) } }

    /// Child elements of that name; those of foreign namespaces do not count.
    func children(_ name: String) -> [ProfileElement] {
        node.children.filter { tree.nodes[$0].name == name && tree.nodes[$0].namespace == node.namespace }
            .map { ProfileElement(tree, $0) }
    }

    func first(_ name: String) -> ProfileElement? {
        node.children.first { tree.nodes[$0].name == name && tree.nodes[$0].namespace == node.namespace }
            .map { ProfileElement(tree, $0) }
    }

    /// Text and child elements as XML that stands on its own: an element in another namespace than its parent declares it
    /// as the default one.
    var innerXML: String {
        var text = ""
        tree.writeContent(of: index, to: &text)
        return text
    }

    var location: SourceLocation {
        SourceLocation(line: node.line, column: node.column, xpath: xpath)
    }

    private static let repeatable: Set<String> = [
        "ServiceProfile", "PublicIdentity", "InitialFilterCriteria", "SPT", "Group", "RegistrationType",
        "SharedIFCSetID", "ServiceId", "ExtendedPriority",
    ]

    private var xpath: String {
        var path = ""
        var current = index
        while current >= 0 {
            let node = tree.nodes[current]
            var step = "/" + node.name
            if node.parent >= 0, Self.repeatable.contains(node.name) || node.ordinal > 1 {
                step += "[\(node.ordinal)]"
            }
            path = step + path
            current = node.parent
        }
        return path
    }
}

extension String {
    /// Without the white space of XML at both ends.
    func trimmingXMLSpace() -> String {
        let bytes = utf8
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        guard let first = bytes.firstIndex(where: { !isSpace($0) }),
            let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(self[first...last])
    }
}
