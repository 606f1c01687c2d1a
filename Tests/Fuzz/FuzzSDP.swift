// Arbitrary bytes as a session description: what is written has the same lines and streams.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSDP(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard var description = try? SessionDescription(parsing: bytes) else { return 0 }
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
    return 0
}
