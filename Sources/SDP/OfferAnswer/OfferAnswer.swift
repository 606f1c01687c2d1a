/// The offer/answer model of RFC 3264 for calls with one audio stream.
public enum OfferAnswer {
    /// An offer of one audio stream.
    public static func offer(_ local: LocalAudio) -> SessionDescription {
        let profile = local.protection.offeredProfile
        var audio = audioDescription(
            local,
            transportProtocol: profile.rawValue,
            formats: offeredFormats(local),
            packetTime: local.packetTime
        )
        if local.supportsSharedPort { audio.appendAttribute(SharedPort.attribute) }
        local.protection.describe(profile, in: &audio)
        return SessionDescription(
            origin: local.origin,
            connection: ConnectionData(address: local.address),
            media: [audio]
        )
    }

    /// An offer for a session that is going on: as many streams as before, our audio in its place, everything else
    /// removed (RFC 3264 §8).
    ///
    /// - Parameter previous: Our last offer or answer in this dialog.
    public static func offer(_ local: LocalAudio, after previous: SessionDescription) -> SessionDescription {
        var result = offer(local)
        let fresh = result.media
        let place =
            previous.media.firstIndex { $0.isAudio && $0.port != 0 } ?? previous.media.firstIndex(where: \.isAudio)
        var media = previous.media.map(\.refused)
        if let place { media.replaceSubrange(place...place, with: fresh) } else { media += fresh }
        result.media = media
        return result
    }

    /// The codecs, and `telephone-event` at the clock rate of each.
    private static func offeredFormats(_ local: LocalAudio) -> [PayloadFormat] {
        guard local.supportsTelephoneEvent else { return local.codecs }
        var taken = Set(local.codecs.map(\.payloadType))
        var events: [PayloadFormat] = []
        for clockRate in local.codecs.map(\.clockRate) where !events.contains(where: { $0.clockRate == clockRate }) {
            let candidates = [PayloadFormat.telephoneEvent.payloadType] + Array(96...127)
            guard let payloadType = candidates.first(where: { !taken.contains($0) }) else { break }
            taken.insert(payloadType)
            var event = PayloadFormat.telephoneEvent
            event.payloadType = payloadType
            event.clockRate = clockRate
            events.append(event)
        }
        return local.codecs + events
    }

    /// The audio stream of an offer or answer of ours.
    static func audioDescription(
        _ local: LocalAudio,
        transportProtocol: String,
        formats: [PayloadFormat],
        packetTime: Int
    ) -> MediaDescription {
        var description = MediaDescription(
            kind: "audio",
            port: local.rtpPort,
            transportProtocol: transportProtocol,
            formats: []
        )
        for format in formats { description.append(format) }
        // The first format is the codec that will be used; in an offer, the one that is hoped for.
        let fitting = formats.first?.packetTime(near: packetTime) ?? packetTime
        description.appendAttribute("ptime", "\(fitting)")
        description.setDirection(local.direction)
        return description
    }
}
