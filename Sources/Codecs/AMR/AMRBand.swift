/// The two adaptive multi-rate codecs of mobile networks, and what is different between them.
///
/// Source: 3GPP TS 26.101 §4.1 and TS 26.201 §4.1 for the frame types and their lengths.
public enum AMRBand: Sendable, Hashable, CaseIterable {
    /// AMR: 8 kHz, eight modes from 4.75 to 12.2 kbit/s.
    case narrow
    /// AMR-WB: 16 kHz, nine modes from 6.6 to 23.85 kbit/s.
    case wide

    public var encodingName: String { self == .narrow ? "AMR" : "AMR-WB" }

    /// Hz, of samples and of the RTP clock.
    public var sampleRate: Int { self == .narrow ? 8_000 : 16_000 }

    /// Samples of a frame: 20 ms.
    public var frameSamples: Int { sampleRate / 50 }

    /// The mode with the highest rate; all below are there.
    public var highestMode: UInt8 { self == .narrow ? 7 : 8 }

    /// Frame type of a description of noise (SID).
    public var silenceDescriptor: UInt8 { highestMode + 1 }

    /// Frame type for: nothing was sent.
    static let noData: UInt8 = 15
    /// Frame type for: a speech frame was lost (AMR-WB only).
    static let speechLost: UInt8 = 14

    /// Octets of the largest frame with its header.
    static let largestFrame = 61

    /// Bits of a frame; `nil` for a type that is reserved or is another codec's.
    public func bits(ofFrameType type: UInt8) -> Int? {
        switch (self, type) {
        case (_, Self.noData), (.wide, Self.speechLost): 0
        case (.narrow, ..<9): Self.narrowBits[Int(type)]
        case (.wide, ..<10): Self.wideBits[Int(type)]
        default: nil
        }
    }

    private static let narrowBits = [95, 103, 118, 134, 148, 159, 204, 244, 39]
    private static let wideBits = [132, 177, 253, 285, 317, 365, 397, 461, 477, 40]
}
