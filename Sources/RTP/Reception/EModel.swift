/// What a codec and its concealment take from the quality of a call.
///
/// Source: ITU-T G.113 appendix I. It has values for G.711 with concealment, G.729A and GSM-EFR, which is AMR at 12.2
/// kbit/s. For Opus, G.722 and L16 those of G.711 stand in, for AMR-WB the robustness of AMR, so that their ratings are
/// on the scale of narrowband calls and not better than those of G.711.
public struct CodecImpairment: Sendable, Hashable {
    /// Ie: without loss.
    public var equipment: Double
    /// Bpl: robustness against loss.
    public var lossRobustness: Double

    public init(equipment: Double, lossRobustness: Double) {
        self.equipment = equipment
        self.lossRobustness = lossRobustness
    }

    /// - Parameter encodingName: As in the `rtpmap`; compares without case.
    public init(encodingName: String) {
        switch encodingName.uppercased() {
        case "AMR": self.init(equipment: 5, lossRobustness: 10)
        case "AMR-WB": self.init(equipment: 0, lossRobustness: 10)
        case "G729": self.init(equipment: 11, lossRobustness: 19)
        default: self.init(equipment: 0, lossRobustness: 25.1)
        }
    }
}

/// The quality of a call as its listener would rate it, estimated from what the network did to the packets.
///
/// Everything but loss, codec and delay is at the default values of the recommendation; echo is taken to be cancelled.
///
/// Source: ITU-T G.107 §7 and annex B.
public struct EModel: Sendable, Hashable {
    /// R for listening only: loss and codec.
    public let listeningRating: Double
    /// R for a conversation: delay as well.
    public let conversationalRating: Double

    /// R of a connection with the default values of G.107 and neither loss nor delay.
    private static let best = 93.2

    /// - Parameters:
    ///   - lossShare: Of packets that were not played, 0 to 1.
    ///   - burstRatio: See ``BurstStatistics/burstRatio``.
    ///   - delay: From mouth to ear, in milliseconds.
    public init(codec: CodecImpairment, lossShare: Double, burstRatio: Double, delay: Double) {
        let loss = min(max(lossShare, 0), 1) * 100
        let bursts = max(burstRatio, 1)
        let equipment =
            codec.equipment + (95 - codec.equipment) * loss / (loss / bursts + max(codec.lossRobustness, 1))
        listeningRating = min(max(Self.best - equipment, 0), 100)
        conversationalRating = min(max(Self.best - equipment - Self.delayImpairment(delay), 0), 100)
    }

    /// The mean opinion score for listening, 1 to 4.5.
    public var listeningScore: Double { Self.score(ofRating: listeningRating) }

    /// The mean opinion score for a conversation, 1 to 4.5.
    public var conversationalScore: Double { Self.score(ofRating: conversationalRating) }

    /// Annex B of G.107.
    static func score(ofRating rating: Double) -> Double {
        guard rating > 0 else { return 1 }
        guard rating < 100 else { return 4.5 }
        return max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
    }

    /// Idd of G.107 §7.4.
    private static func delayImpairment(_ delay: Double) -> Double {
        guard delay > 100 else { return 0 }
        let x = Self.binaryLogarithm(delay / 100)
        return 25 * (sixthRoot(1 + power6(x)) - 3 * sixthRoot(1 + power6(x / 3)) + 2)
    }

    private static func power6(_ value: Double) -> Double {
        let cube = value * value * value
        return cube * cube
    }

    /// Of a value of at least 1, by Newton's method.
    private static func sixthRoot(_ value: Double) -> Double {
        var root = max(1, value.squareRoot())
        for _ in 0..<60 {
            let fifth = root * root * root * root * root
            root -= (fifth * root - value) / (6 * fifth)
        }
        return root
    }

    /// Of a value of at least 1: the bits of its fraction come out by squaring.
    private static func binaryLogarithm(_ value: Double) -> Double {
        guard value.isFinite else { return 1_024 }
        var logarithm = Double(value.exponent)
        var mantissa = value.significand
        var weight = 0.5
        for _ in 0..<40 {
            mantissa *= mantissa
            if mantissa >= 2 {
                mantissa /= 2
                logarithm += weight
            }
            weight /= 2
        }
        return logarithm
    }
}
