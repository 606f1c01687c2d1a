import Codecs
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("G.722")
struct G722Tests {
    /// Tones, noise and silence, loud enough to overload: every branch of the adaptation is taken.
    static let signal: [Int16] = {
        var random: UInt32 = 12_345
        return (0..<64_000).map { index in
            random = random &* 1_664_525 &+ 1_013_904_223
            let noise = Int(Int16(truncatingIfNeeded: random >> 16))
            let saw = index * (100 + index / 400) % 16_000 * 4 - 32_000
            switch index / 4_000 % 8 {
            case 0: return Int16(clamping: saw)
            case 1: return Int16(clamping: noise / 64)
            case 2: return 0
            case 3: return Int16(clamping: saw / 3 + noise / 8)
            case 4: return Int16(clamping: noise * 2)
            case 5: return index / 40 % 2 == 0 ? .max : .min
            case 6: return Int16(clamping: saw / 50)
            default: return Int16(clamping: saw / 8 + (index % 2 == 0 ? 3_000 : -3_000))
            }
        }
    }()

    static let quiet = signal.map { $0 / 3 }

    static func encode(_ samples: [Int16]) -> [UInt8] {
        let codec = G722Codec()
        var octets: [UInt8] = []
        for start in stride(from: 0, to: samples.count, by: 320) {
            let end = min(start + 320, samples.count)
            #expect(codec.encode(samples.span.extracting(start..<end), into: &octets) == .speech)
        }
        return octets
    }

    static func decode(_ octets: [UInt8]) throws -> [Int16] {
        let codec = G722Codec()
        var samples: [Int16] = []
        for start in stride(from: 0, to: octets.count, by: 160) {
            try codec.decode(octets.span.extracting(start..<min(start + 160, octets.count)), into: &samples)
        }
        return samples
    }

    /// FNV-1a.
    static func hash(_ octets: some Sequence<UInt8>) -> UInt64 {
        octets.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    static func bytes(_ samples: [Int16]) -> [UInt8] {
        var bytes: [UInt8] = []
        PCM16.encode(samples.span, into: &bytes)
        return bytes
    }

    @Test("Bit for bit what another implementation made of the same samples and octets")
    func recorded() throws {
        // Computed with libspandsp 0.0.6.
        let octets = Self.encode(Self.signal)
        #expect(octets.count == 32_000)
        #expect(Self.hash(octets) == 0x16B3_8AA5_E7A0_FF33)
        let quiet = Self.hash(Self.bytes(try Self.decode(Self.encode(Self.quiet))))
        #expect(quiet == 0xFB52_65AC_0965_D151)
        // Octets that no encoder makes.
        let random = (0..<32_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 40_503 >> 7) }
        let wild = Self.hash(Self.bytes(try Self.decode(random)))
        #expect(wild == 0x15B9_2EAF_8B1E_5FDA)
    }

    @Test("Bit for bit what libspandsp makes, where it is installed", .enabled(if: Spandsp.isPresent))
    func bitExact() throws {
        let spandsp = try #require(Spandsp())
        let octets = Self.encode(Self.signal)
        #expect(octets == spandsp.encode(Self.signal))
        // Where the filter overflows, libspandsp 0.0.6 wraps round; the recommendation limits.
        let differences = zip(try Self.decode(octets), spandsp.decode(octets)).filter { $0 != $1 }
        #expect(differences.allSatisfy { $0.0 == .max || $0.0 == .min })
        let quiet = Self.encode(Self.quiet)
        #expect(try Self.decode(quiet) == spandsp.decode(quiet))
        let random = (0..<32_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 40_503 >> 7) }
        #expect(try Self.decode(random) == spandsp.decode(random))
    }

    @Test("8 000 ticks a second, 16 000 samples (RFC 3551 §4.5.2)")
    func clock() throws {
        let codec = G722Codec()
        #expect(codec.clockRate == 8_000)
        #expect(codec.sampleRate == 16_000)
        let payload = [UInt8](repeating: 0xFA, count: 160)
        #expect(codec.ticks(of: payload.span) == 160)
        #expect(codec.ticks(of: [UInt8]().span) == nil)
        var samples: [Int16] = []
        try codec.decode(payload.span, into: &samples)
        #expect(samples.count == 320)
    }

    @Test("A reset forgets both directions")
    func reset() throws {
        let codec = G722Codec()
        var (first, second): ([UInt8], [UInt8]) = ([], [])
        var (firstSamples, secondSamples): ([Int16], [Int16]) = ([], [])
        _ = codec.encode(Self.signal.span.extracting(0..<640), into: &first)
        try codec.decode(first.span, into: &firstSamples)
        codec.reset()
        _ = codec.encode(Self.signal.span.extracting(0..<640), into: &second)
        try codec.decode(second.span, into: &secondSamples)
        #expect(first == second)
        #expect(firstSamples == secondSamples)
    }
}

/// The G.722 of libspandsp, a program's library that is looked for when the test runs.
private struct Spandsp {
    private typealias Initialize = @convention(c) (UnsafeMutableRawPointer?, Int32, Int32) -> UnsafeMutableRawPointer?
    private typealias Encode =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt8>?, UnsafePointer<Int16>?, Int32
        ) -> Int32
    private typealias Decode =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeMutablePointer<Int16>?, UnsafePointer<UInt8>?, Int32
        ) -> Int32

    // Sendable: a handle that is only asked for symbols.
    nonisolated(unsafe) private static let library = dlopen("libspandsp.so.2", RTLD_NOW)
    static var isPresent: Bool { library != nil }

    private let encoder: UnsafeMutableRawPointer?
    private let decoder: UnsafeMutableRawPointer?
    private let encodeFunction: Encode
    private let decodeFunction: Decode

    init?() {
        guard let makeEncoder = dlsym(Self.library, "g722_encode_init"),
            let encode = dlsym(Self.library, "g722_encode"),
            let makeDecoder = dlsym(Self.library, "g722_decode_init"), let decode = dlsym(Self.library, "g722_decode")
        else { return nil }
        encoder = unsafeBitCast(makeEncoder, to: Initialize.self)(nil, 64_000, 0)
        decoder = unsafeBitCast(makeDecoder, to: Initialize.self)(nil, 64_000, 0)
        encodeFunction = unsafeBitCast(encode, to: Encode.self)
        decodeFunction = unsafeBitCast(decode, to: Decode.self)
    }

    func encode(_ samples: [Int16]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: samples.count) { buffer, count in
            count = Int(encodeFunction(encoder, buffer.baseAddress, samples, Int32(samples.count)))
        }
    }

    /// In a state that no former decoding has left.
    func decode(_ octets: [UInt8]) -> [Int16] {
        let fresh = Self()?.decoder
        return [Int16](unsafeUninitializedCapacity: octets.count * 2 + 2) { buffer, count in
            count = Int(decodeFunction(fresh, buffer.baseAddress, octets, Int32(octets.count)))
        }
    }
}
