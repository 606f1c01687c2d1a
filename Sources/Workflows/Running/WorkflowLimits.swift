/// How many workflows may run at a time.
public struct WorkflowLimits: Sendable, Hashable {
    public var total: Int
    public var perCall: Int

    public init(total: Int = 256, perCall: Int = 4) {
        self.total = total
        self.perCall = perCall
    }
}
