/// Measures a signal in four bands of speech, frame by frame.
///
/// Each band is two bandpass filters of second order in a row (the bilinear resonator with 0 dB at its middle).
struct BandMeter: Sendable {
    private struct Stage {
        var input1 = SIMD4<Float>.zero
        var input2 = SIMD4<Float>.zero
        var output1 = SIMD4<Float>.zero
        var output2 = SIMD4<Float>.zero
    }

    /// Middles in Hz, about an octave each, all within what G.711 carries.
    private static let middles: [Double] = [400, 800, 1_500, 2_700]
    private static let quality = 1.4

    private let gain: SIMD4<Float>
    private let feedback1: SIMD4<Float>
    private let feedback2: SIMD4<Float>
    private var stages = (Stage(), Stage())

    init(sampleRate: Int) {
        var (gain, first, second) = (SIMD4<Float>.zero, SIMD4<Float>.zero, SIMD4<Float>.zero)
        for (index, middle) in Self.middles.enumerated() {
            let turn = Rotation(frequency: middle, sampleRate: sampleRate)
            let width = turn.sine / (2 * Self.quality)
            gain[index] = Float(width / (1 + width))
            first[index] = Float(-2 * turn.cosine / (1 + width))
            second[index] = Float((1 - width) / (1 + width))
        }
        self.gain = gain
        feedback1 = first
        feedback2 = second
    }

    /// The mean square of each band; zero for no samples.
    mutating func measure(_ samples: Span<Int16>) -> SIMD4<Float> {
        guard samples.count > 0 else { return .zero }
        var (first, second) = stages
        var sum = SIMD4<Float>.zero
        for index in samples.indices {
            let input = SIMD4<Float>(repeating: Float(samples[index]))
            let between = step(&first, input)
            let output = step(&second, between)
            sum += output * output
        }
        stages = (first, second)
        return sum / Float(samples.count)
    }

    private func step(_ stage: inout Stage, _ input: SIMD4<Float>) -> SIMD4<Float> {
        let output = gain * (input - stage.input2) - feedback1 * stage.output1 - feedback2 * stage.output2
        stage.input2 = stage.input1
        stage.input1 = input
        stage.output2 = stage.output1
        stage.output1 = output
        return output
    }
}
