import SIP

/// What an application server does with an initial request as a SIP proxy (TS 24.229 §5.7.4, RFC 3261 §16). Via and the
/// transaction are the endpoint's.
public enum ProxyRole {
    public enum Refusal: Error, Sendable, Hashable {
        /// Max-Forwards has reached 0: 483.
        case tooManyHops
        /// `Proxy-Require` names these options: 420 with Unsupported.
        case unsupportedExtensions([String])
        /// A field that has to be read does not parse: 400.
        case malformed(SIPParseError)
    }

    /// Where a request goes instead of to its target.
    public struct Retargeting: Sendable, Hashable {
        public var target: String
        /// Written to the new target in History-Info, for example 302 (RFC 4458).
        public var cause: Int?
        /// Whether the target is another user, and not a contact of the same one.
        public var isAnotherUser: Bool

        public init(target: String, cause: Int? = nil, isAnotherUser: Bool = true) {
            self.target = target
            self.cause = cause
            self.isAnotherUser = isAnotherUser
        }
    }

    /// The request for the next hop: the same but for our Route entry, which is gone, Max-Forwards, and what is asked for.
    /// Every other field, known or not, and the body stay as they came.
    ///
    /// - Parameters:
    ///   - retargeting: `nil` keeps the Request-URI. With one, History-Info tells where the request was bound for
    ///     (RFC 7044 §5).
    ///   - recordRoute: Our URI, to stay in the path of the dialog; `nil`: we do not stay.
    public static func request(
        for incoming: ISCRequest, retargeting: Retargeting? = nil, recordRoute: SIPURI? = nil
    ) throws(Refusal) -> SIPRequest {
        var request = incoming.request
        let options = request.headers.splitValues(.proxyRequire)
        guard options.isEmpty else { throw .unsupportedExtensions(options) }
        let hops: Int
        do throws(SIPParseError) {
            hops = try request.headers.maxForwards() ?? 70
        } catch {
            throw .malformed(error)
        }
        guard hops > 0 else { throw .tooManyHops }
        request.headers.set(.maxForwards, String(hops - 1))
        if request.headers.splitValues(.route).count > incoming.remainingRoutes.count {
            request.headers.removeFirstValue(of: .route)
        }
        if let recordRoute {
            var ours = recordRoute
            ours.parameters.set("lr", nil)
            request.headers.insertBeforeFirst(.recordRoute, "<\(ours)>")
        }
        if let retargeting {
            HistoryInfo.retarget(
                &request.headers, from: request.requestURI, to: retargeting.target, cause: retargeting.cause,
                isMapped: retargeting.isAnotherUser)
            request.requestURI = retargeting.target
        }
        return request
    }
}
