/// What is wrong with a list of actions, and where.
public struct CallActionFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where in the JSON: `$` is the list, `$[1].text` a member of its second element.
    public let path: String
    /// As it goes on after the path.
    public let reason: String

    public init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(path) \(reason)" }
}
