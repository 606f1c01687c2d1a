import Codecs

/// The resamplers of one direction of a leg, made when a pair of rates is first used.
final class ResamplerBank {
    private let quality: Int
    private var resamplers: [Resampler] = []

    init(quality: Int) {
        self.quality = quality
    }

    /// An empty one of the same quality.
    func another() -> ResamplerBank { ResamplerBank(quality: quality) }

    /// Makes the resampler for a pair of rates, unless they are equal.
    func prepare(from input: Int, to output: Int) throws(CodecError) {
        guard input != output, find(input, output) == nil else { return }
        resamplers.append(try Resampler(from: input, to: output, quality: quality))
    }

    /// Appends the samples at the rate `output`. Samples of a pair that was not prepared are left out.
    func process(_ samples: Span<Int16>, from input: Int, to output: Int, into target: inout [Int16]) {
        if input == output {
            target.append(addingCapacity: samples.count) { output in
                for index in samples.indices { output.append(samples[index]) }
            }
        } else {
            find(input, output)?.process(samples, into: &target)
        }
    }

    /// Forgets what went before, as at a cut.
    func reset() {
        for resampler in resamplers { resampler.reset() }
    }

    private func find(_ input: Int, _ output: Int) -> Resampler? {
        resamplers.first { $0.inputRate == input && $0.outputRate == output }
    }
}
