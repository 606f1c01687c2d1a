import ApplicationServer

/// A service that connects callers with a voice engine.
public struct AssistantDefinition: Sendable, Hashable {
    /// Name of an engine.
    public var engine = ""
    /// Names of further engines, for when it does not take a call or is lost.
    public var alternatives: [String] = []
    public var conversation = ConversationPolicy()
    /// Name of a fallback; `nil`: a call that its engine cannot take is answered 503.
    public var fallback: String?
    /// What the engine is told to be.
    public var instructions: String?
    /// What the engine says first.
    public var greeting: String?
    public var voice: String?
    /// Names of workflows that the engine may call.
    public var workflows: [String] = []
    /// Where the engine may transfer a call to, and how.
    public var onward = OnwardDefinition()

    public init() {}
}
