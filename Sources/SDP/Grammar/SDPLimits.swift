/// What a session description may hold at most. A body beyond a limit is refused whole.
public struct SDPLimits: Sendable, Hashable {
    /// Bytes of the whole description.
    public var bodyBytes = 32 * 1_024
    /// Bytes of one line without its line end.
    public var lineBytes = 1_024
    /// `m=` lines.
    public var mediaDescriptions = 16
    /// Formats of one `m=` line.
    public var formats = 32
    /// `a=` lines of the whole description.
    public var attributes = 256

    public init() {}
}
