/// What is tried for a caller whose engines are all lost, after the URI of the fallback.
public struct RescueSettings: Sendable, Hashable {
    /// One more that is called.
    public struct Target: Sendable, Hashable {
        /// A SIP URI.
        public var uri: String
        /// How long it may ring; `nil`: ``RescueSettings/ringTime``.
        public var ringTime: Duration?

        public init(_ uri: String, ringTime: Duration? = nil) {
            self.uri = uri
            self.ringTime = ringTime
        }
    }

    /// Called one after another, in order.
    public var next: [Target] = []
    /// How long each may ring, the URI of the fallback as well; `nil`: that of the service's transfers.
    public var ringTime: Duration?
    /// WAV file (mono, 16-bit) that a caller hears whom nobody takes, before the BYE.
    public var announcement: String?

    public init() {}
}
