extension OfferAnswer {
    /// Answers an offer (RFC 3264 §6): every `m=` line gets its answer, the first audio stream we can use is taken up,
    /// all else is refused with port 0.
    ///
    /// The codec is the first of `local.codecs` that was offered, under the payload type of the offer, and with what its
    /// payload format needs to be the same on both sides. The direction
    /// is what the offer allows of `local.direction`: `sendonly` is answered `recvonly`, `inactive` `inactive`, and an
    /// offer of the address `0.0.0.0` as if it were `sendonly` (§8.4).
    ///
    /// - Parameter policy: Which addresses to send to; from `local.address` if not given.
    /// - Throws: ``SDPNegotiationError`` with the SIP status to answer. It tells about the first audio stream.
    public static func answer(
        to offer: SessionDescription,
        from local: LocalAudio,
        policy: MediaAddressPolicy? = nil
    ) throws(SDPNegotiationError) -> (answer: SessionDescription, audio: NegotiatedAudio) {
        let policy = policy ?? MediaAddressPolicy(boundTo: local.address)
        var firstError: SDPNegotiationError?
        var accepted: NegotiatedAudio?
        var media: [MediaDescription] = []
        for description in offer.media {
            guard accepted == nil, description.isAudio, description.port != 0 else {
                media.append(description.refused)
                continue
            }
            do {
                let taken = try answer(to: description, of: offer, from: local, policy: policy)
                media.append(taken.description)
                accepted = taken.audio
            } catch {
                firstError = firstError ?? error
                media.append(description.refused)
            }
        }
        guard let accepted else { throw firstError ?? .noAudio }
        let answer = SessionDescription(
            origin: local.origin,
            connection: ConnectionData(address: local.address),
            media: media
        )
        return (answer, accepted)
    }

    private static func answer(
        to description: MediaDescription,
        of offer: SessionDescription,
        from local: LocalAudio,
        policy: MediaAddressPolicy
    ) throws(SDPNegotiationError) -> (description: MediaDescription, audio: NegotiatedAudio) {
        let remote = try RemoteAudio(description, in: offer, policy: policy)
        guard let (codec, offered) = commonCodec(local, remote) else { throw remote.noCommonCodec }
        var attributes: [(name: String, value: String)] = []
        let protection = try local.protection.answer(remote, attributes: &attributes)
        let event = local.supportsTelephoneEvent ? remote.telephoneEvent(for: offered) : nil
        let noise = local.supportsComfortNoise ? remote.comfortNoise(for: offered) : nil

        var narrowed = local
        narrowed.direction = local.direction.narrowed(to: remote.direction.reversed)
        var formats = [codec.answering(offered)]
        if let noise { formats.append(noise) }
        if var event {
            event.formatParameters = PayloadFormat.telephoneEvent.formatParameters
            formats.append(event)
        }
        var answer = audioDescription(
            narrowed,
            transportProtocol: description.transportProtocol,
            formats: formats,
            packetTime: remote.packetTime ?? local.packetTime
        )
        let sharesPort =
            local.supportsSharedPort && SharedPort.isIn(description) && formats.allSatisfy(SharedPort.mayHold)
        if sharesPort { answer.appendAttribute(SharedPort.attribute) }
        for (name, value) in attributes { answer.appendAttribute(name, value) }
        let audio = remote.negotiated(
            codec: offered,
            telephoneEvent: event,
            comfortNoise: noise,
            direction: narrowed.direction,
            protection: protection,
            sharesPort: sharesPort
        )
        return (answer, audio)
    }

    /// The first of our codecs that the peer has, with the peer's format.
    private static func commonCodec(
        _ local: LocalAudio,
        _ remote: RemoteAudio
    ) -> (codec: PayloadFormat, offered: PayloadFormat)? {
        for codec in local.codecs {
            if let offered = remote.formats.first(where: { codec.accepts($0) }) { return (codec, offered) }
        }
        return nil
    }
}
