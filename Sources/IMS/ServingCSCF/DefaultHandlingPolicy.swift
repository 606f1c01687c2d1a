import SIP

/// When an S-CSCF gives up on an application server, and what it answers then.
///
/// TS 24.229 §5.4.3.2 and §5.4.3.3 have default handling follow a 408, a 5xx, or no response in a time that the
/// operator configures, and leave both that time and the final status open; products differ in both.
public struct DefaultHandlingPolicy: Sendable, Hashable {
    /// How long the server may be silent when the criterion says SESSION_CONTINUED.
    public var continuedTimeout: Duration
    /// The same for SESSION_TERMINATED.
    public var terminatedTimeout: Duration
    /// Counted from a 100 (Trying), which then replaces the times above; `nil`: a 100 changes nothing.
    public var tryingTimeout: Duration?
    /// Whether a response 101...199, or the request coming back, ends default handling for good. An S-CSCF that is
    /// not strict reads a later 408 or 5xx of the callee as a failure of the server, and calls the callee twice.
    public var isStrict: Bool
    /// The answer to the served user when the session is terminated; `nil`: what the server answered, or 408.
    public var terminationStatus: StatusCode?

    public init(
        continuedTimeout: Duration, terminatedTimeout: Duration, tryingTimeout: Duration?, isStrict: Bool = true,
        terminationStatus: StatusCode? = nil
    ) {
        self.continuedTimeout = continuedTimeout
        self.terminatedTimeout = terminatedTimeout
        self.tryingTimeout = tryingTimeout
        self.isStrict = isStrict
        self.terminationStatus = terminationStatus
    }

    /// The times of the transaction layer: 64·T1 until a first response (RFC 3261 §17.1.1.2, Timer B), and more than
    /// three minutes after it (§16.6, Timer C).
    public static let standard = DefaultHandlingPolicy(
        continuedTimeout: .seconds(32), terminatedTimeout: .seconds(32), tryingTimeout: .seconds(181))

    /// Kamailio's `ims_isc` in front of `tm` with a final response timer of 5 s, 120 s once a 100 came; a failure route
    /// acts on every 408 and 5xx; 555 ends a session.
    public static let kamailio = DefaultHandlingPolicy(
        continuedTimeout: .seconds(5), terminatedTimeout: .seconds(5), tryingTimeout: .seconds(120), isStrict: false,
        terminationStatus: StatusCode(rawValue: 555))

    /// Clearwater's Sprout: 2 s and 4 s to a response above 100.
    public static let clearwater = DefaultHandlingPolicy(
        continuedTimeout: .seconds(2), terminatedTimeout: .seconds(4), tryingTimeout: nil)

    /// Whether a final response of an application server counts as its failure.
    public func isFailure(_ status: StatusCode) -> Bool {
        status == .requestTimeout || status.category == .serverError
    }

    func timeout(for handling: InitialFilterCriteria.DefaultHandling) -> Duration {
        handling == .sessionContinued ? continuedTimeout : terminatedTimeout
    }
}
