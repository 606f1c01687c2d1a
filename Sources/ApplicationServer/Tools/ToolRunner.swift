import VoiceEngine

/// Carries out the functions that an assistant's engine may call, beside those for transfer and hanging up.
public protocol ToolRunner: Sendable {
    /// What the engine is offered.
    var tools: [EngineTool] { get }

    /// Carries out one function. Cancelled when the call ends or the engine wants the result no more.
    ///
    /// - Parameter call: Its arguments are untrusted.
    func run(_ call: EngineToolCall, in context: ToolContext) async -> ToolOutput
}

/// What a function may know of the call it is called in.
public struct ToolContext: Sendable, Hashable {
    public var callID: String
    public var service: String
    /// As the network asserts it; `nil` if it does not, or the caller has asked not to be named.
    public var caller: String?
    public var callee: String
    public var servedUser: String?

    public init(callID: String, service: String, caller: String?, callee: String, servedUser: String?) {
        self.callID = callID
        self.service = service
        self.caller = caller
        self.callee = callee
        self.servedUser = servedUser
    }
}

/// What a function gives back.
public struct ToolOutput: Sendable, Hashable {
    /// JSON for the engine: also when it failed, so that the failure becomes words.
    public var output: String
    /// A short constant name: `succeeded`, `timed-out`, ...
    public var outcome: String
    /// For the record of the call.
    public var detail: String

    public init(output: String, outcome: String = "succeeded", detail: String = "") {
        self.output = output
        self.outcome = outcome
        self.detail = detail
    }
}
