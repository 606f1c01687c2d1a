extension MarkupTree {
    /// Writes text and child elements of a node. Their depth is bounded by the reader.
    ///
    /// - Parameter namespace: The default namespace where the content is written.
    func writeContent(of index: Int, in namespace: String = "", to output: inout String) {
        let node = nodes[index]
        let isBlank = node.text.trimmingXMLSpace().isEmpty
        if node.children.isEmpty || !isBlank { output += XMLWriter.escaped(node.text) }
        for child in node.children {
            let element = nodes[child]
            output += "<\(element.name)"
            if element.namespace != namespace { output += " xmlns=\"\(Self.quoted(element.namespace))\"" }
            var written: Set<String> = []
            for (name, value) in element.attributes where written.insert(name).inserted {
                output += " \(name)=\"\(Self.quoted(value))\""
            }
            output += ">"
            writeContent(of: child, in: element.namespace, to: &output)
            output += "</\(element.name)>"
        }
    }

    private static func quoted(_ value: String) -> String {
        XMLWriter.escaped(value).reduce(into: "") { result, character in
            switch character {
            case "\"": result += "&quot;"
            case "\n": result += "&#10;"
            case "\t": result += "&#9;"
            default: result.append(character)
            }
        }
    }
}
