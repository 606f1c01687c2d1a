extension OfferAnswer {
    /// Reads the answer to an offer of ours (RFC 3264 §7).
    ///
    /// - Parameters:
    ///   - offer: What ``offer(_:)`` made.
    ///   - policy: Which addresses to send to; from `local.address` if not given.
    /// - Throws: ``SDPNegotiationError``: the session cannot go on with this answer.
    public static func accept(
        _ answer: SessionDescription,
        to offer: SessionDescription,
        local: LocalAudio,
        policy: MediaAddressPolicy? = nil
    ) throws(SDPNegotiationError) -> NegotiatedAudio {
        guard answer.media.count == offer.media.count else { throw .answerDoesNotMatchOffer }
        for (offered, answered) in zip(offer.media, answer.media) {
            guard offered.kind.equalsIgnoringCase(answered.kind) else { throw .answerDoesNotMatchOffer }
            guard offered.isAudio, offered.port != 0 else { continue }
            guard answered.port != 0 else { throw .noAudio }
            guard offered.transportProtocol.equalsIgnoringCase(answered.transportProtocol) else {
                throw .unsupportedTransport(answered.transportProtocol)
            }
            let policy = policy ?? MediaAddressPolicy(boundTo: local.address)
            let remote = try RemoteAudio(answered, in: answer, policy: policy)
            let ours = offered.payloadFormats
            // The first format of the answer is the one the peer wants to receive (§6.1).
            let answeredCodec = remote.formats.first { format in ours.contains { $0.accepts(format) } }
            guard let answeredCodec else { throw remote.noCommonCodec }
            // One codec may have been offered in several forms.
            let matching = ours.filter { $0.accepts(answeredCodec) }
            let ourForm = matching.first { $0.payloadType == answeredCodec.payloadType } ?? matching.first
            let codec = answeredCodec.completed(from: ourForm ?? answeredCodec)
            let event = ours.contains(where: \.isTelephoneEvent) ? remote.telephoneEvent(for: codec) : nil
            return remote.negotiated(
                codec: codec,
                telephoneEvent: event,
                comfortNoise: nil,
                direction: offer.direction(of: offered).narrowed(to: remote.direction.reversed),
                protection: try local.protection.accept(remote, to: offered),
                sharesPort: SharedPort.isIn(offered) && SharedPort.isIn(answered)
            )
        }
        throw .noAudio
    }
}
