// Arbitrary bytes as a session description: what is written has the same lines and streams.

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    let bytes = Array(octets)
    guard var description = try? SessionDescription(parsing: bytes) else { return }
    for media in description.media {
        _ = (media.payloadFormats, media.packetTime, media.maximumPacketTime, media.rtcpPort)
    }
    let media = description.media
    description.media = media  // Written from its parts, not from the original bytes.
    guard let again = try? SessionDescription(parsing: description.serialized()) else {
        fatalError("what was written is not read")
    }
    precondition(again.media.count == media.count)
    precondition(again.lines == description.lines)
}
