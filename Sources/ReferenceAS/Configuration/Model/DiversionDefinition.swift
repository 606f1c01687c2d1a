import ApplicationServer
import IMS

/// A service that sends calls on that the served user does not take.
public struct DiversionDefinition: Sendable, Hashable {
    /// Names of the transfer targets.
    public var targets: [CommunicationDiversion.Condition: String] = [:]
    public var ringTime = Duration.seconds(20)
    /// URI of the PBX that has the served user; `nil`: back to the S-CSCF.
    public var servedBy: String?
    public var limit = 5
    public var notifiesCaller = true
    public var writesDiversion = false
    public var onward = OnwardDefinition()

    public init() {}

    var value: DiversionService.Configuration {
        DiversionService.Configuration(
            targets: targets,
            ringTime: ringTime,
            servedBy: servedBy,
            limit: limit,
            notifiesCaller: notifiesCaller,
            writesDiversion: writesDiversion,
            onward: onward.value
        )
    }
}
