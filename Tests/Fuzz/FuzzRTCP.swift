// Arbitrary bytes as a compound RTCP packet: reports that are written again are read as the same.

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    let bytes = Array(octets)
    _ = RTCPCompound.isRTCP(bytes.span)
    guard let packets = try? RTCPCompound.parse(bytes.span) else { return }
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
}
