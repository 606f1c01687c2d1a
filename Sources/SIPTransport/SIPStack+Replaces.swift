import SIP

/// INVITEs that take the place of a leg (RFC 3891).
extension SIPStack {
    /// The leg whose dialog the request wants to replace.
    ///
    /// - Returns: `nil` if it has no Replaces. The leg is told nothing: whoever accepts the INVITE hangs it up.
    /// - Throws: ``SIP/ReplacesRefusal``, which says what to answer.
    public func legReplaced(by request: SIPRequest) throws(ReplacesRefusal) -> (leg: SIPLeg, isConfirmed: Bool)? {
        guard request.headers.contains(.replaces) else { return nil }
        guard let replacement = try endpoint.replacement(for: request, at: now) else { return nil }
        guard let leg = dialogLegs[replacement.dialog] else { throw .noDialog }
        return (leg, replacement.isConfirmed)
    }
}
