/// Tells a command that adds something (a file, digits, a word to the engine) from another one like it.
///
/// Whoever gives commands numbers them, each session on its own. The plane does a command of a session once: a number
/// that is among the last ``remembered`` ones of that session is a repetition, which is answered as the first was when
/// it succeeded, and changes nothing.
public struct MediaCommandID: Sendable, Hashable {
    /// Numbers that the plane keeps for each session. A command must not be repeated after so many others.
    public static let remembered = 64

    public let rawValue: UInt64

    public init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

/// The commands that a session has done of late.
public struct DoneCommands: Sendable {
    private var numbers: [MediaCommandID] = []
    private var next = 0

    public init() {}

    public func contains(_ command: MediaCommandID?) -> Bool {
        command.map(numbers.contains) ?? false
    }

    /// A command without a number cannot be told from another one: it is not kept.
    public mutating func insert(_ command: MediaCommandID?) {
        guard let command else { return }
        if numbers.count < MediaCommandID.remembered {
            numbers.append(command)
        } else {
            numbers[next] = command
            next = (next + 1) % MediaCommandID.remembered
        }
    }
}
