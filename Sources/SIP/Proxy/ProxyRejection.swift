/// Why a request is not forwarded, and what is answered.
public struct ProxyRejection: Error, Sendable, Hashable {
    public var status: StatusCode
    /// Fields that the response has beyond those of every response.
    public var headers: SIPHeaders
    /// An OPTIONS whose Max-Forwards has run out: the proxy may answer it as the one it was sent to instead of
    /// with ``status`` (RFC 3261 §16.3 step 3, §11.2).
    public var mayAnswerAsRecipient: Bool

    public init(_ status: StatusCode, headers: SIPHeaders = SIPHeaders(), mayAnswerAsRecipient: Bool = false) {
        self.status = status
        self.headers = headers
        self.mayAnswerAsRecipient = mayAnswerAsRecipient
    }
}

extension StatusCode {
    /// Max-Breadth Exceeded (RFC 5393 §5.4).
    static let maxBreadthExceeded = StatusCode(rawValue: 440) ?? .temporarilyUnavailable
}
