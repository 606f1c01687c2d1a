import Codecs

/// Tells the peer's voice from the echo of what we send: open while more is heard than the echo explains.
///
/// Fed with every frame of 20 ms, what is sent and what is heard in the same cycle. It opens after six frames' worth of
/// evidence (120 ms) and closes 300 ms after the last. Without any echo it is a detector of sound above the noise.
public struct BargeInGate: Sendable {
    /// In octaves of power, 3 dB each.
    private static let margin: Float = 0.7
    private static let noiseMargin: Float = 2.5
    /// What one band has to be above its limit to count alone.
    private static let strong: Float = 2
    private static let openingScore = 6
    private static let highestScore = 15
    /// How fast the noise may rise, per frame.
    private static let noiseRise: Float = 0.005
    /// Sent sound from which echo is to be expected.
    private static let audible = EchoModel.level(Float(LevelMeter.power(atLevel: -48)))

    private var sentMeter: BandMeter
    private var heardMeter: BandMeter
    private var model = EchoModel()
    private let quietest: Float
    private var noise: SIMD4<Float>
    private var score = 0
    /// Ratios of frames of which is not known yet whether the peer spoke.
    private var pending: [SIMD4<Float>] = []

    /// Whether the peer speaks.
    public private(set) var isOpen = false
    /// Whether something was sent in the last 800 ms that could come back.
    public private(set) var expectsEcho = false

    /// - Parameters:
    ///   - sampleRate: Of both signals, in Hz.
    ///   - soundLevel: In dBov; what is quieter is no voice.
    public init(sampleRate: Int, soundLevel: Double = -50) {
        sentMeter = BandMeter(sampleRate: sampleRate)
        heardMeter = BandMeter(sampleRate: sampleRate)
        // A voice's power spreads over the bands.
        quietest = EchoModel.level(Float(LevelMeter.power(atLevel: soundLevel - 6)))
        noise = SIMD4(repeating: quietest)
        pending.reserveCapacity(Self.highestScore + Self.openingScore)
    }

    /// In milliseconds; `nil` while no echo is known.
    public var echoDelay: Int? { model.delay.map { $0 * 20 } }

    /// Takes the frames of one cycle.
    ///
    /// - Parameter sent: Empty if nothing was sent.
    public mutating func feed(sent: Span<Int16>, heard: Span<Int16>) {
        let sentPowers = sent.count > 0 ? sentMeter.measure(sent) : .zero
        model.send(EchoModel.levels(sentPowers), total: EchoModel.level(sentPowers.sum()))
        let heardPowers = heardMeter.measure(heard)
        let heard = EchoModel.levels(heardPowers)
        let reference = model.reference
        expectsEcho = model.loudest >= Self.audible
        var limit = pointwiseMax(SIMD4(repeating: quietest), noise + Self.noiseMargin)
        if expectsEcho { limit = pointwiseMax(limit, reference + model.coupling + Self.margin) }
        let excess = heard - limit
        let bands = (0..<4).count { excess[$0] > 0 }
        let isEvidence = bands >= 2 || excess.max() > Self.strong
        score = isEvidence ? min(score + 1, Self.highestScore) : max(score - 1, 0)
        if score >= Self.openingScore {
            isOpen = true
            pending.removeAll(keepingCapacity: true)
        } else if score == 0 {
            isOpen = false
        }
        noise = pointwiseMin(noise + Self.noiseRise, pointwiseMax(heard, SIMD4(repeating: EchoModel.floor)))
        guard expectsEcho, !isOpen else { return }
        model.correlate(heard: EchoModel.level(heardPowers.sum()))
        // A band in which nothing was sent tells nothing of the path.
        let isTold = reference .>= Self.audible
        if any(isTold) { pending.append((heard - reference).replacing(with: -64, where: .!isTold)) }
        if score == 0 {
            for ratio in pending { model.learn(ratio) }
            pending.removeAll(keepingCapacity: true)
        }
    }
}
