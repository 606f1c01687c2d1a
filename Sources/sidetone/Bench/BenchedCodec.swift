import Codecs

/// A codec as a call uses it, and the library behind it.
struct BenchedCodec {
    var name: String
    var make: () throws -> any SpeechCodec
    /// The library alone, in the same mode; `nil` for codecs of our own.
    var bare: BareCodec?

    static func all() -> [BenchedCodec] {
        var all = [
            plain("PCMA", 8_000), plain("PCMU", 8_000), plain("L16", 16_000), plain("G722", 8_000),
        ]
        for rate in [8_000, 16_000, 24_000] {
            all.append(
                BenchedCodec(
                    name: "opus \(rate / 1_000) kHz complexity 5",
                    make: { try OpusCodec(sampleRate: rate) },
                    bare: BareOpus(sampleRate: rate)
                )
            )
        }
        for (band, mode, rate) in [(AMRBand.wide, 8, "23.85"), (.wide, 2, "12.65"), (.narrow, 7, "12.2")] {
            all.append(
                BenchedCodec(
                    name: "\(band.encodingName) \(rate)",
                    make: {
                        let parameters = try AMRParameters(band: band) { $0 == "mode-set" ? "\(mode)" : nil }
                        return try AMRCodec(band: band, parameters: parameters)
                    },
                    bare: band == .wide ? BareAMRWideband(mode: mode) : BareAMR(mode: mode)
                )
            )
        }
        #if G729
            all.append(plain("G729", 8_000))
        #endif
        return all
    }

    private static func plain(_ name: String, _ clockRate: Int) -> BenchedCodec {
        BenchedCodec(
            name: name,
            make: { try CodecCatalog.codec(named: name, clockRate: clockRate, channels: 1) }
        )
    }
}
