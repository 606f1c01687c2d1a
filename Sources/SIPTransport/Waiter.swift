import SIP

/// Somebody who waits for the final response to a request of ours.
struct Waiter {
    let continuation: CheckedContinuation<SIPResponse, any Error>
    /// Of a request outside any dialog: what was sent, and where to.
    let sent: (request: SIPRequest, hop: Hop)?
    /// How often that was sent.
    var attempts = 1
    /// The latest reliable provisional response with a body.
    private var described: SIPResponse?

    init(continuation: CheckedContinuation<SIPResponse, any Error>, sent: (request: SIPRequest, hop: Hop)? = nil) {
        self.continuation = continuation
        self.sent = sent
    }

    mutating func note(_ provisional: SIPResponse) {
        if !provisional.body.isEmpty { described = provisional }
    }

    /// A 2xx need not repeat the description that a reliable provisional response has brought (RFC 6337 §2.2); whoever
    /// waits gets it with the 2xx.
    func resume(returning response: SIPResponse) {
        var response = response
        if let described, response.status.isSuccess, response.body.isEmpty {
            response.body = described.body
            response.headers.removeAll(.contentType)
            response.headers.copy(.contentType, from: described.headers)
        }
        continuation.resume(returning: response)
    }

    func resume(throwing error: any Error) { continuation.resume(throwing: error) }
}
