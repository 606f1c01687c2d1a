/// Why a request of ours has no response.
public enum OutboundHTTPError: Error, Sendable, Hashable {
    /// The origin is not on the allow-list.
    case originNotAllowed
    /// Its name leads to an address that it may not lead to.
    case addressNotAllowed(String)
    case unresolved
    case unreachable(String)
    case timedOut
    /// The response's body is longer than the limit.
    case tooLarge
    /// A redirection: none is followed.
    case redirected
    case cancelled
}
