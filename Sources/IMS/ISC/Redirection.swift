import SIP

extension ISCRequest {
    /// The 3xx of a redirect server, for the S-CSCF's leg (TS 24.229 §5.7.2, RFC 3261 §8.3).
    ///
    /// - Parameters:
    ///   - targets: In order of preference; the first gets the highest `q`.
    ///   - toTag: A new tag.
    public func redirection(
        to targets: [String], status: StatusCode = .movedTemporarily, toTag: String
    ) -> SIPResponse {
        var response = SIPResponse(status, to: request, toTag: toTag)
        for (position, target) in targets.enumerated() {
            let quality = targets.count > 1 && position < 10 ? ";q=\(position == 0 ? "1.0" : "0.\(10 - position)")" : ""
            response.headers.append(.contact, "<\(target)>\(quality)")
        }
        return response
    }
}
