import ApplicationServer

/// How the calls of a service go to others: to whom, in which ways and with what.
public struct OnwardDefinition: Sendable, Hashable {
    /// Names, and the URI behind each. Nothing else is called but what ``policy`` allows.
    public var transferTargets: [String: String] = [:]
    /// The only way unless ``transfer`` has some.
    public var transferMethod = TransferMethod.reinvite
    /// Without ways: ``transferMethod``.
    public var transfer = TransferSettings(ways: [])
    public var handOver = HandOverDefinition()
    /// Its names are those of ``transferTargets``.
    public var policy = CallPolicy()

    public init() {}

    var value: OnwardSettings {
        var transfer = transfer
        if transfer.ways.isEmpty { transfer.ways = [transferMethod] }
        return OnwardSettings(
            targets: transferTargets, transfer: transfer, handOver: handOver.value, policy: policy)
    }
}
