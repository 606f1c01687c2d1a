/// How much of a message is looked at before it is refused. Every limit bounds memory and time that a peer can
/// make us spend.
public struct SIPLimits: Sendable, Hashable {
    /// Octets of a whole message, header section and body.
    public var message = 65_535
    /// Octets of the start line.
    public var startLine = 4_096
    /// Octets of one header field with its folds.
    public var headerLine = 8_192
    /// Octets of the start line and the header section.
    public var headerSection = 32_768
    /// Header fields.
    public var headerFields = 256
    /// `Via` values, which loops grow.
    public var viaValues = 64
    /// `Route` values, and `Record-Route` values.
    public var routeValues = 32

    public init() {}
}
