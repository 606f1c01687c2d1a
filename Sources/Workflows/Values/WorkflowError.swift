/// What is wrong with a workflow's description or with the arguments of a call, in words.
public struct WorkflowError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
