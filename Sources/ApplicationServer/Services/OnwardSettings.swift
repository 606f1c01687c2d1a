/// How the calls of a service go on to others: to whom, in which ways, with what.
public struct OnwardSettings: Sendable, Hashable {
    /// Names, and the URI behind each. Nothing else is called but what ``policy`` allows.
    public var targets: [String: String]
    public var transfer: TransferSettings
    /// What goes along.
    public var handOver: HandOverFormat
    public var policy: CallPolicy

    public init(
        targets: [String: String] = [:],
        transfer: TransferSettings = TransferSettings(),
        handOver: HandOverFormat = HandOverFormat(),
        policy: CallPolicy = CallPolicy()
    ) {
        self.targets = targets
        self.transfer = transfer
        self.handOver = handOver
        self.policy = policy
    }
}
