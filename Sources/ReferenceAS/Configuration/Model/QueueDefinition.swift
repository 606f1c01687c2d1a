import ApplicationServer

/// A service in which callers wait for agents.
public struct QueueDefinition: Sendable, Hashable {
    /// The ways keep us in signalling, so that an agent who is free again is known to be.
    public static let ways: Set<TransferMethod> = [.reinvite, .relay]

    /// Its agents and its overflow are names of the transfer targets.
    public var queue = QueueService.Configuration(agents: [], onward: OnwardSettings())
    public var onward = OnwardDefinition()

    public init() {}

    var value: QueueService.Configuration {
        var value = queue
        value.onward = onward.value
        return value
    }
}
