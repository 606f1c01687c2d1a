extension SessionDescription {
    /// Answers an offer before it is known who is going to talk: the audio streams are taken up with their first codec and
    /// `telephone-event`, so that nobody makes another offer to agree on one codec, and flow in neither direction, so that who has sent the offer waits for the next one (RFC 3725 §4.4). Everything else
    /// is refused, as are streams under keys that nobody here has. The address is the unspecified one, which receives
    /// nothing, of the IP version of the offer.
    ///
    /// - Parameter sessionID: Names the session in `o=`; below 2⁶³.
    /// - Returns: `nil` if there is no audio stream to take up.
    public func waitingAnswer(sessionID: UInt64) -> SessionDescription? {
        let isIPv6 = media.contains { connection(of: $0)?.address.contains(":") ?? false }
        let address = isIPv6 ? "::" : "0.0.0.0"
        let answer = SessionDescription(
            origin: Origin(sessionID: sessionID, sessionVersion: 1, address: address),
            connection: ConnectionData(address: address),
            media: media.map { $0.waiting ?? $0.refused }
        )
        guard answer.media.contains(where: { $0.port != 0 }) else { return nil }
        return answer
    }
}

extension MediaDescription {
    private static let discardPort: UInt16 = 9

    /// The answer that takes up the stream and lets nothing flow; `nil` if that cannot be.
    fileprivate var waiting: MediaDescription? {
        let isPlain = ["RTP/AVP", "RTP/AVPF"].contains { transportProtocol.equalsIgnoringCase($0) }
        guard isAudio, isPlain, port != 0 else { return nil }
        let kept = waitingFormats
        var answer = MediaDescription(
            kind: kind, port: Self.discardPort, transportProtocol: transportProtocol, formats: kept)
        for name in ["rtpmap", "fmtp"] {
            for value in lines.attributes(name) where kept.contains(where: { value.hasPrefix($0 + " ") }) {
                answer.appendAttribute(name, value)
            }
        }
        answer.setDirection(.inactive)
        return answer
    }

    /// The first codec, and the events that go with any (RFC 4733).
    private var waitingFormats: [String] {
        let events = lines.attributes("rtpmap").compactMap { value -> String? in
            let fields = value.split(separator: " ", maxSplits: 1)
            return fields.count == 2 && fields[1].lowercased().hasPrefix("telephone-event/") ? String(fields[0]) : nil
        }
        let codec = formats.first { !events.contains($0) }
        return formats.filter { $0 == codec || events.contains($0) }
    }
}
