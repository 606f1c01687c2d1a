/// How one kind of value is read and written.
struct ValueType<Value: Sendable>: Sendable {
    /// - Throws: ``ValueProblem``, without a name of the key.
    let parse: @Sendable (ConfigurationNode) throws(ValueProblem) -> Value
    /// The value in YAML, on one line; `nil` if there is nothing to write.
    let render: @Sendable (Value) -> String?
}

/// Why a value does not do.
struct ValueProblem: Error {
    let message: String
    let origin: ConfigurationOrigin

    init(_ message: String, at node: ConfigurationNode) {
        self.message = message
        origin = node.origin
    }
}

extension ValueType {
    /// A value written as one word.
    ///
    /// - Parameters:
    ///   - expected: What is accepted, as it goes on after "must be".
    ///   - echoes: Whether a message may repeat what was written; not if that might be a secret.
    static func scalar(
        _ expected: String,
        echoes: Bool = true,
        parse: @escaping @Sendable (String) -> Value?,
        render: @escaping @Sendable (Value) -> String
    ) -> ValueType {
        ValueType { node throws(ValueProblem) in
            guard case .scalar(let text) = node.content else {
                throw ValueProblem("must be \(expected), not \(node.kind)", at: node)
            }
            guard let value = parse(text) else {
                throw ValueProblem("must be \(expected)\(echoes ? ", not \"\(text)\"" : "")", at: node)
            }
            return value
        } render: { value in
            render(value)
        }
    }

    /// The same, or nothing.
    var optional: ValueType<Value?> {
        ValueType<Value?> { node throws(ValueProblem) in
            try self.parse(node)
        } render: { value in
            value.flatMap(self.render)
        }
    }

    /// A list of them. Outside of a file also written as one word with commas in it.
    var list: ValueType<[Value]> {
        ValueType<[Value]> { node throws(ValueProblem) in
            let elements: [ConfigurationNode]
            switch node.content {
            case .list(let nodes): elements = nodes
            case .scalar(let text) where node.origin.isOutsideFile:
                elements = text.split(separator: ",").map { part in
                    ConfigurationNode(content: .scalar(part.trimmed), origin: node.origin)
                }
            default: throw ValueProblem("must be a list, not \(node.kind)", at: node)
            }
            var values: [Value] = []
            for element in elements { values.append(try self.parse(element)) }
            return values
        } render: { values in
            "[" + values.compactMap(self.render).joined(separator: ", ") + "]"
        }
    }
}

extension ConfigurationOrigin {
    var isOutsideFile: Bool {
        switch self {
        case .environment, .commandLine: true
        case .file, .defaults: false
        }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var rest = self
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
