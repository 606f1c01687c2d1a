/// How much a program outside may ask for.
public struct CallActionLimits: Sendable, Hashable {
    /// Octets of one list.
    public var octets: Int
    /// Actions in one list, and prompts in one action.
    public var actions: Int
    /// Actions in one call.
    public var actionsInCall: Int
    /// Octets of a text to be said.
    public var text: Int
    /// A list before the answer, and all that follows from it, may take so long.
    public var timeToAnswer: Duration

    public init(
        octets: Int = 65_536,
        actions: Int = 64,
        actionsInCall: Int = 1_000,
        text: Int = 4_096,
        timeToAnswer: Duration = .seconds(60)
    ) {
        self.octets = octets
        self.actions = actions
        self.actionsInCall = actionsInCall
        self.text = text
        self.timeToAnswer = timeToAnswer
    }
}
