import COpenCoreAMRNB
import COpenCoreAMRWB
import COpus
import CVoAMRWBEnc

/// A codec's library, called with nothing around it.
protocol BareCodec: AnyObject {
    func encode(_ samples: [Int16])
    /// What ``decode(_:)`` takes.
    func frame(_ samples: [Int16]) -> [UInt8]
    func decode(_ frame: [UInt8])
}

final class BareOpus: BareCodec {
    private let encoder: OpaquePointer?
    private let decoder: OpaquePointer?
    private var octets = [UInt8](repeating: 0, count: 1_275)
    private var samples = [Int16](repeating: 0, count: 960)

    /// Set as ``OpusCodec`` sets it.
    init(sampleRate: Int) {
        var status: Int32 = 0
        encoder = opus_encoder_create(Int32(sampleRate), 1, OPUS_APPLICATION_VOIP, &status)
        decoder = opus_decoder_create(Int32(sampleRate), 1, &status)
        guard let encoder else { return }
        let bitrate: Int32 = sampleRate > 16_000 ? 32_000 : sampleRate > 8_000 ? 24_000 : 16_000
        _ = sidetone_opus_encoder_set(encoder, OPUS_SET_BITRATE_REQUEST, bitrate)
        _ = sidetone_opus_encoder_set(encoder, OPUS_SET_COMPLEXITY_REQUEST, 5)
        _ = sidetone_opus_encoder_set(encoder, OPUS_SET_SIGNAL_REQUEST, OPUS_SIGNAL_VOICE)
    }

    deinit {
        opus_encoder_destroy(encoder)
        opus_decoder_destroy(decoder)
    }

    func encode(_ samples: [Int16]) { _ = encoded(samples) }

    private func encoded(_ samples: [Int16]) -> Int {
        guard let encoder else { return 0 }
        return Int(opus_encode(encoder, samples, Int32(samples.count), &octets, Int32(octets.count)))
    }

    func frame(_ samples: [Int16]) -> [UInt8] { Array(octets[..<max(encoded(samples), 0)]) }

    func decode(_ frame: [UInt8]) {
        guard let decoder else { return }
        _ = opus_decode(decoder, frame, Int32(frame.count), &samples, Int32(samples.count), 0)
    }
}

final class BareAMRWideband: BareCodec {
    private let encoder = E_IF_init()
    private let decoder = D_IF_init()
    private let mode: Int32
    private var octets = [UInt8](repeating: 0, count: 64)
    private var samples = [Int16](repeating: 0, count: 320)

    init(mode: Int) { self.mode = Int32(mode) }

    deinit {
        E_IF_exit(encoder)
        D_IF_exit(decoder)
    }

    func encode(_ samples: [Int16]) { _ = E_IF_encode(encoder, mode, samples, &octets, 0) }

    func frame(_ samples: [Int16]) -> [UInt8] {
        encode(samples)
        return octets
    }

    func decode(_ frame: [UInt8]) { D_IF_decode(decoder, frame, &samples, 0) }
}

final class BareAMR: BareCodec {
    private let encoder = Encoder_Interface_init(0)
    private let decoder = Decoder_Interface_init()
    private let mode: Mode
    private var octets = [UInt8](repeating: 0, count: 64)
    private var input: [Int16] = []
    private var samples = [Int16](repeating: 0, count: 160)

    init(mode: Int) { self.mode = Mode(UInt32(mode)) }

    deinit {
        Encoder_Interface_exit(encoder)
        Decoder_Interface_exit(decoder)
    }

    func encode(_ samples: [Int16]) {
        // The library scales its input in place.
        input.replaceSubrange(0..., with: samples)
        _ = Encoder_Interface_Encode(encoder, mode, &input, &octets, 0)
    }

    func frame(_ samples: [Int16]) -> [UInt8] {
        encode(samples)
        return octets
    }

    func decode(_ frame: [UInt8]) { Decoder_Interface_Decode(decoder, frame, &samples, 0) }
}
