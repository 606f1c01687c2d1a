/// How a request is treated when not all can be served.
public enum AdmissionClass: Sendable, Hashable {
    /// Part of what has been admitted already, or too cheap to refuse: in-dialog requests, ACK, CANCEL, BYE, OPTIONS,
    /// REGISTER.
    case served
    /// A new request that is never refused: an emergency call (RFC 5031), or one with Resource-Priority (RFC 4412).
    case priority
    /// A new request that may be refused.
    case sheddable

    /// - Parameter isTrusted: Whether the sender is believed that its call has priority.
    public init(_ request: SIPRequest, isTrusted: Bool) {
        switch request.method {
        case .ack, .cancel, .bye, .options, .register, .prack, .update:
            self = .served
            return
        default: break
        }
        if let to = try? request.headers.address(.to), to.tag != nil {
            self = .served
        } else if isTrusted, Self.hasPriority(request) {
            self = .priority
        } else {
            self = .sheddable
        }
    }

    private static func hasPriority(_ request: SIPRequest) -> Bool {
        if request.headers.contains(.resourcePriority) { return true }
        if request.isForEmergencyService { return true }
        // TS 24.229 §5.1.6: the phone's emergency registration marks its Contact.
        return (try? request.headers.address(.contact))?.uri.parameters.contains("sos") == true
    }
}

extension SIPRequest {
    /// Whether it asks for `urn:service:sos` or one of its kinds (RFC 5031 §4.2).
    public var isForEmergencyService: Bool {
        let service = "urn:service:sos"
        let uri = requestURI.lowercasedASCII
        return uri == service || uri.hasPrefix(service + ".")
    }
}

extension SIPEndpoint {
    /// Whether the request repeats one that has a transaction: what has been admitted is not refused later.
    public func hasTransaction(for request: SIPRequest) -> Bool {
        guard let via = try? request.headers.topVia() else { return false }
        return serverKeys[ServerTransactionKey(request, via: via, method: request.method)] != nil
    }
}
