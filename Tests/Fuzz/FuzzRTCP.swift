// Arbitrary bytes as a compound RTCP packet: reports that are written again are read as the same.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRTCP(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = RTCPCompound.isRTCP(bytes.span)
    guard let packets = try? RTCPCompound.parse(bytes.span) else { return 0 }
    precondition(packets.count <= RTCPCompound.maximumPackets)
    for packet in packets {
        var written: [UInt8] = []
        switch packet {
        case .senderReport(let report): RTCPCompound.append(report, to: &written)
        case .receiverReport(let report): RTCPCompound.append(report, to: &written)
        default: continue
        }
        guard let again = try? RTCPCompound.parse(written.span) else { fatalError("what was written is not read") }
        precondition(again == [packet])
    }
    return 0
}
