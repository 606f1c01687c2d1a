/// How much of a multipart body is looked at before it is refused.
public struct MultipartLimits: Sendable, Hashable {
    /// Multipart bodies inside each other, the outermost counted.
    public var depth = 3
    /// Parts of the whole body, nested ones counted.
    public var parts = 16
    /// Octets of the header section of one part.
    public var headerSection = 8_192

    public init() {}
}
