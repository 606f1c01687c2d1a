/// The codecs of this build, by their names in session descriptions.
public enum CodecCatalog {
    /// Encoding names in the spelling of their RFCs, in the order of preference: wideband first, then what costs
    /// recognition least.
    public static let encodingNames = ["AMR-WB", "opus", "G722", "L16", "PCMA", "PCMU", "AMR"] + optional

    #if G729
        private static let optional = ["G729"]
    #else
        private static let optional: [String] = []
    #endif

    /// Makes a codec.
    ///
    /// - Parameters:
    ///   - name: The encoding name of the `rtpmap`; compares without case.
    ///   - clockRate: RTP clock rate in Hz.
    ///   - channels: As in the `rtpmap`; audio is mono in any case.
    ///   - sampleRate: The rate that the audio is wanted at, for a codec that has several.
    ///   - usesDTX: Whether the encoder may send less where there is no speech, as far as the format allows it.
    ///   - parameter: The value of a parameter of the peer's `fmtp`, `nil` for one that is not there.
    public static func codec(
        named name: String,
        clockRate: Int,
        channels: Int,
        sampleRate: Int = 16_000,
        usesDTX: Bool = false,
        parameter: (String) -> String? = { _ in nil }
    ) throws(CodecError) -> any SpeechCodec {
        switch (name.uppercased(), clockRate, channels) {
        case ("AMR", 8_000, 1), ("AMR-WB", 16_000, 1):
            let band: AMRBand = clockRate == 8_000 ? .narrow : .wide
            let parameters = try AMRParameters(band: band, parameter)
            return try AMRCodec(band: band, parameters: parameters, usesDTX: usesDTX)
        #if G729
            case ("G729", 8_000, 1): return try G729Codec(usesAnnexB: parameter("annexb") != "no", usesDTX: usesDTX)
        #endif
        case ("G722", 8_000, 1): return G722Codec()
        case ("L16", _, 1): return try L16Codec(sampleRate: clockRate)
        case ("OPUS", 48_000, 2):
            return try OpusCodec(sampleRate: sampleRate, parameters: OpusParameters(parameter), usesDTX: usesDTX)
        case ("PCMA", 8_000, 1): return G711Codec(law: .a)
        case ("PCMU", 8_000, 1): return G711Codec(law: .mu)
        default: throw .unsupported(name: name, clockRate: clockRate)
        }
    }
}
