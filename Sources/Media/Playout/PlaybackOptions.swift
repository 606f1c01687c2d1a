/// How a file is played.
public struct PlaybackOptions: Sendable, Hashable, Codable {
    /// Milliseconds over which it rises from silence, 0...1 000.
    public var fadeIn: Int
    /// Milliseconds over which it falls to silence, at its end or when it is stopped, 0...1 000.
    public var fadeOut: Int
    /// Whether it begins again at its end, until it is stopped; the end runs into the beginning over ``fadeOut``.
    public var isLooped: Bool
    /// Whether it makes way for what the engine says: as soon as there is audio of a turn, it fades out beneath it.
    public var yieldsToEngine: Bool

    public init(fadeIn: Int = 0, fadeOut: Int = 20, isLooped: Bool = false, yieldsToEngine: Bool = false) {
        self.fadeIn = min(max(fadeIn, 0), 1_000)
        self.fadeOut = min(max(fadeOut, 0), 1_000)
        self.isLooped = isLooped
        self.yieldsToEngine = yieldsToEngine
    }

    /// Once, from its first sample, without a click at its end.
    public static let announcement = PlaybackOptions()
    /// Over and over, softly, until the engine speaks.
    public static let filler = PlaybackOptions(fadeIn: 60, fadeOut: 60, isLooped: true, yieldsToEngine: true)
}
