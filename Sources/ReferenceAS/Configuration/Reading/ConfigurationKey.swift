/// One key: its name, what it means, and how it is read into and written from a `Root`.
struct ConfigurationKey<Root: Sendable>: Sendable {
    /// Dotted, within the root: `timers.t1`.
    let name: String
    let meaning: String
    /// `nil` where the value carries it or has none.
    let unit: String?
    let isRequired: Bool
    let assign: @Sendable (_ node: ConfigurationNode, _ path: String, Root, inout [ConfigurationError]) -> Root
    /// The value in YAML; `nil` if it is not set.
    let render: @Sendable (Root) -> String?

    init<Value>(
        _ name: String,
        _ property: WritableKeyPath<Root, Value> & Sendable,
        _ type: ValueType<Value>,
        unit: String? = nil,
        required: Bool = false,
        _ meaning: String
    ) {
        self.name = name
        self.meaning = meaning
        self.unit = unit
        isRequired = required
        assign = { node, path, root, errors in
            var root = root
            do throws(ValueProblem) {
                root[keyPath: property] = try type.parse(node)
            } catch {
                errors.append(ConfigurationError(origin: error.origin, key: path, message: error.message))
            }
            return root
        }
        render = { type.render($0[keyPath: property]) }
    }

    private init(
        _ name: String, _ meaning: String, unit: String?, isRequired: Bool,
        assign: @escaping @Sendable (ConfigurationNode, String, Root, inout [ConfigurationError]) -> Root,
        render: @escaping @Sendable (Root) -> String?
    ) {
        self.name = name
        self.meaning = meaning
        self.unit = unit
        self.isRequired = isRequired
        self.assign = assign
        self.render = render
    }

    /// The same key, of a whole that has the root as a part.
    func within<Whole>(_ part: WritableKeyPath<Whole, Root> & Sendable) -> ConfigurationKey<Whole> {
        ConfigurationKey<Whole>(
            name, meaning, unit: unit, isRequired: isRequired,
            assign: { [assign] node, path, whole, errors in
                var whole = whole
                whole[keyPath: part] = assign(node, path, whole[keyPath: part], &errors)
                return whole
            },
            render: { [render] in render($0[keyPath: part]) }
        )
    }
}
