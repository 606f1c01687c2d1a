/// The report block about a voice call in an extended report.
///
/// Shares are in 1/256, durations in milliseconds. 127 stands for a level, rating or score that is not known.
///
/// Source: RFC 3611 §4.7.
public struct VoIPMetrics: Sendable, Hashable {
    /// Value of a field that is not known.
    public static let unavailable: UInt8 = 127

    /// The source that is reported on.
    public var ssrc: UInt32
    public var lossRate: UInt8 = 0
    public var discardRate: UInt8 = 0
    public var burstDensity: UInt8 = 0
    public var gapDensity: UInt8 = 0
    public var burstDuration: UInt16 = 0
    public var gapDuration: UInt16 = 0
    public var roundTripDelay: UInt16 = 0
    public var endSystemDelay: UInt16 = 0
    /// dBm0, two's complement, as the noise level.
    public var signalLevel = Self.unavailable
    public var noiseLevel = Self.unavailable
    public var residualEchoReturnLoss = Self.unavailable
    public var gapThreshold = UInt8(BurstStatistics.gapThreshold)
    /// R factors, 0...100.
    public var rating = Self.unavailable
    public var externalRating = Self.unavailable
    /// Mean opinion scores times ten, 10...50.
    public var listeningScore = Self.unavailable
    public var conversationalScore = Self.unavailable
    /// Concealment and kind of jitter buffer: 0xF0 is enhanced concealment and an adaptive one, its rate not said.
    public var receiverConfiguration: UInt8 = 0
    public var nominalDelay: UInt16 = 0
    public var maximumDelay: UInt16 = 0
    public var absoluteMaximumDelay: UInt16 = 0

    public init(ssrc: UInt32) {
        self.ssrc = ssrc
    }
}

/// An extended report; blocks of other types are passed over.
///
/// Source: RFC 3611 §2 and §3.
public struct ExtendedReport: Sendable, Hashable {
    /// Who reports.
    public var ssrc: UInt32
    public var voiceMetrics: [VoIPMetrics]

    public init(ssrc: UInt32, voiceMetrics: [VoIPMetrics]) {
        self.ssrc = ssrc
        self.voiceMetrics = voiceMetrics
    }
}

extension VoIPMetrics {
    static let blockType: UInt8 = 7
    /// Octets of a block with its header.
    static let blockLength = 36

    /// - Parameter offset: Of a whole block.
    init(_ bytes: Span<UInt8>, at offset: Int) {
        self.init(ssrc: bytes.bigEndian32(at: offset + 4))
        lossRate = bytes[offset + 8]
        discardRate = bytes[offset + 9]
        burstDensity = bytes[offset + 10]
        gapDensity = bytes[offset + 11]
        burstDuration = bytes.bigEndian16(at: offset + 12)
        gapDuration = bytes.bigEndian16(at: offset + 14)
        roundTripDelay = bytes.bigEndian16(at: offset + 16)
        endSystemDelay = bytes.bigEndian16(at: offset + 18)
        signalLevel = bytes[offset + 20]
        noiseLevel = bytes[offset + 21]
        residualEchoReturnLoss = bytes[offset + 22]
        gapThreshold = bytes[offset + 23]
        rating = bytes[offset + 24]
        externalRating = bytes[offset + 25]
        listeningScore = bytes[offset + 26]
        conversationalScore = bytes[offset + 27]
        receiverConfiguration = bytes[offset + 28]
        nominalDelay = bytes.bigEndian16(at: offset + 30)
        maximumDelay = bytes.bigEndian16(at: offset + 32)
        absoluteMaximumDelay = bytes.bigEndian16(at: offset + 34)
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(Self.blockType)
        bytes.append(0)
        bytes.appendBigEndian(UInt16(Self.blockLength / 4 - 1))
        bytes.appendBigEndian(ssrc)
        bytes.append(contentsOf: [lossRate, discardRate, burstDensity, gapDensity])
        for value in [burstDuration, gapDuration, roundTripDelay, endSystemDelay] { bytes.appendBigEndian(value) }
        bytes.append(contentsOf: [signalLevel, noiseLevel, residualEchoReturnLoss, gapThreshold])
        bytes.append(contentsOf: [rating, externalRating, listeningScore, conversationalScore])
        bytes.append(contentsOf: [receiverConfiguration, 0])
        for value in [nominalDelay, maximumDelay, absoluteMaximumDelay] { bytes.appendBigEndian(value) }
    }
}
