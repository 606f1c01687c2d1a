import COpenCoreAMRNB
import COpenCoreAMRWB
import CVoAMRWBEnc

/// An encoder and a decoder of the libraries opencore-amr and vo-amrwbenc.
///
/// Frames go in and out as ``AMRPayload/appendFrame(_:of:to:)`` makes them.
final class AMRStates {
    private let band: AMRBand
    private let usesDTX: Bool
    private let encoder: UnsafeMutableRawPointer
    private let decoder: UnsafeMutableRawPointer

    init?(band: AMRBand, usesDTX: Bool) {
        let made =
            switch band {
            case .narrow: (encoder: Encoder_Interface_init(usesDTX ? 1 : 0), decoder: Decoder_Interface_init())
            case .wide: (encoder: E_IF_init(), decoder: D_IF_init())
            }
        guard let encoder = made.encoder, let decoder = made.decoder else {
            if let encoder = made.encoder { Self.free(encoder: encoder, band) }
            if let decoder = made.decoder { Self.free(decoder: decoder, band) }
            return nil
        }
        self.band = band
        self.usesDTX = usesDTX
        self.encoder = encoder
        self.decoder = decoder
    }

    deinit {
        Self.free(encoder: encoder, band)
        Self.free(decoder: decoder, band)
    }

    private static func free(encoder: UnsafeMutableRawPointer, _ band: AMRBand) {
        switch band {
        case .narrow: Encoder_Interface_exit(encoder)
        case .wide: E_IF_exit(encoder)
        }
    }

    private static func free(decoder: UnsafeMutableRawPointer, _ band: AMRBand) {
        switch band {
        case .narrow: Decoder_Interface_exit(decoder)
        case .wide: D_IF_exit(decoder)
        }
    }

    /// Appends the samples of one frame.
    ///
    /// - Parameter frame: ``AMRBand/largestFrame`` octets or more, so that no library reads beyond them, whatever the
    ///   type.
    func decode(_ frame: [UInt8], into samples: inout [Int16]) {
        precondition(frame.count >= AMRBand.largestFrame)
        samples.append(upTo: band.frameSamples) { output in
            switch band {
            case .narrow: Decoder_Interface_Decode(decoder, frame, output, 0)
            case .wide: D_IF_decode(decoder, frame, output, 0)
            }
            return band.frameSamples
        }
    }

    /// Appends a frame: speech in this mode, a description of noise, or one that says that there is nothing to send.
    ///
    /// - Parameter samples: ``AMRBand/frameSamples`` of them; changed.
    func encode(_ samples: inout [Int16], mode: UInt8, into frame: inout [UInt8]) {
        precondition(samples.count == band.frameSamples && mode <= band.highestMode)
        samples.withUnsafeMutableBufferPointer { input in
            guard let first = input.baseAddress else { return }
            frame.append(upTo: AMRBand.largestFrame + 3) { output in
                switch band {
                case .narrow: Int(Encoder_Interface_Encode(encoder, Mode(UInt32(mode)), first, output, 0))
                case .wide: Int(E_IF_encode(encoder, Int32(mode), first, output, usesDTX ? 1 : 0))
                }
            }
        }
    }
}
