import ApplicationServer

/// A service that decides who gets through to the served user.
public struct ScreeningDefinition: Sendable, Hashable {
    public var rules = CallerRules()
    /// URI of the PBX that has the served user; `nil`: back to the S-CSCF.
    public var servedBy: String?
    /// Of a call that is rejected.
    public var status = 603
    /// Name of the service that takes callers who are to be asked.
    public var interviewer: String?

    public init() {}
}
