// Arbitrary bytes as payloads of the codecs: each gives as many samples as it says, a gap what was asked for.
//
// Built once for each of FUZZ_OPUS, FUZZ_AMR and FUZZ_WAVEFORM, so that the slow decoders do not hold up the others. The
// codecs are used for 64 inputs before they are made anew: making them takes longer than most inputs do.

private nonisolated(unsafe) var codecs: [Int: any SpeechCodec] = [:]
private nonisolated(unsafe) var inputs = 0

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    let input = Array(octets)
    inputs += 1
    if inputs % 64 == 0 { codecs.removeAll(keepingCapacity: true) }
    guard let first = input.first, let codec = try? codec(Int(first & 0x03)) else { return }
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
}

private func codec(_ selector: Int) throws -> any SpeechCodec {
    if let codec = codecs[selector] { return codec }
    let made = try makeCodec(selector)
    codecs[selector] = made
    return made
}

#if FUZZ_OPUS
    private func makeCodec(_ selector: Int) throws -> any SpeechCodec {
        try OpusCodec(sampleRate: [8_000, 16_000, 24_000, 48_000][selector])
    }
#elseif FUZZ_AMR
    private func makeCodec(_ selector: Int) throws -> any SpeechCodec {
        let alignment = selector & 1 == 0 ? "0" : "1"
        let band: AMRBand = selector & 2 == 0 ? .narrow : .wide
        return try AMRCodec(band: band, parameters: AMRParameters(band: band) { $0 == "octet-align" ? alignment : nil })
    }
#else
    private func makeCodec(_ selector: Int) throws -> any SpeechCodec {
        switch selector {
        case 0: return G722Codec()
        case 1: return try L16Codec(sampleRate: 16_000)
        case 2: return G711Codec(law: .a)
        default:
            #if G729
                return try G729Codec()
            #else
                return G711Codec(law: .mu)
            #endif
        }
    }
#endif
