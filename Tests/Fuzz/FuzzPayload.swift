// Arbitrary bytes as payloads of every codec: each gives as many samples as it says, a gap what was asked for.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPayload(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = input.first, let codec = try? makeCodec(first) else { return 0 }
    var rest = input.dropFirst()
    var samples: [Int16] = []
    // The first octet of each payload is its length.
    while let length = rest.popFirst() {
        let payload = Array(rest.prefix(Int(length)))
        rest = rest.dropFirst(Int(length))
        samples.removeAll(keepingCapacity: true)
        guard payload.count <= codec.maximumPayload, let ticks = codec.ticks(of: payload.span) else {
            codec.conceal(payload.count, next: payload.span, into: &samples)
            precondition(samples.count == payload.count)
            continue
        }
        precondition(ticks > 0 && ticks <= codec.clockRate / 2)
        do {
            try codec.decode(payload.span, into: &samples)
            precondition(samples.count == ticks * codec.sampleRate / codec.clockRate)
        } catch {
            precondition(samples.count <= codec.sampleRate / 2)
        }
    }
    return 0
}

private func makeCodec(_ selector: UInt8) throws -> any SpeechCodec {
    let isOctetAligned = selector & 0x10 == 0 ? "0" : "1"
    func amr(_ band: AMRBand) throws -> AMRCodec {
        try AMRCodec(band: band, parameters: AMRParameters(band: band) { $0 == "octet-align" ? isOctetAligned : nil })
    }
    switch selector & 0x07 {
    case 0: return try OpusCodec(sampleRate: 8_000)
    case 1: return try OpusCodec(sampleRate: 24_000)
    case 2: return G722Codec()
    case 3: return try amr(.narrow)
    case 4: return try amr(.wide)
    case 5: return try L16Codec(sampleRate: 16_000)
    case 6: return G711Codec(law: .a)
    default:
        #if G729
            return try G729Codec()
        #else
            return G711Codec(law: .mu)
        #endif
    }
}
