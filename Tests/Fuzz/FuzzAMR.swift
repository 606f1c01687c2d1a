// Arbitrary bytes as a payload of AMR or AMR-WB in either form: what the frames of a payload are put together to again
// holds the same frames.

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    let input = Array(octets)
    guard let first = input.first else { return }
    let band: AMRBand = first & 1 == 0 ? .narrow : .wide
    let isOctetAligned = first & 2 != 0
    let payload = Array(input.dropFirst())
    guard let contents = try? AMRPayload(parsing: payload.span, band: band, isOctetAligned: isOctetAligned) else {
        return
    }
    let frames = storage(contents, payload)
    precondition(frames.count <= 12 * AMRBand.largestFrame)
    var again: [UInt8] = [0xAA]
    AMRPayload.append(frames.span, band: band, isOctetAligned: isOctetAligned, to: &again)
    precondition(again[0] == 0xAA && again.count == payload.count + 1)
    again.removeFirst()
    guard let reread = try? AMRPayload(parsing: again.span, band: band, isOctetAligned: isOctetAligned) else {
        fatalError("what was written is not read")
    }
    precondition(reread.modeRequest == nil && reread.count == contents.count)
    precondition(storage(reread, again) == frames)
}

private func storage(_ contents: AMRPayload, _ payload: [UInt8]) -> [UInt8] {
    var frames: [UInt8] = []
    for index in 0..<contents.count { contents.appendFrame(index, of: payload.span, to: &frames) }
    return frames
}
