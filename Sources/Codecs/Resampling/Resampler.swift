import CSpeexDSP

/// Changes the sample rate of a mono stream; keeps the filter's state between calls.
///
/// It delays the audio by half its filter: about 5 ms at quality 5 when one side is 8 kHz.
public final class Resampler {
    /// Below a hundredth of a core for a stream between 8 and 24 kHz, and transparent to speech recognition.
    public static let defaultQuality = 5

    public let inputRate: Int
    public let outputRate: Int
    private let state: OpaquePointer

    /// - Parameters:
    ///   - inputRate: Hz, 1 000...192 000.
    ///   - outputRate: Hz, 1 000...192 000.
    ///   - quality: 0 (cheapest) to 10.
    public init(from inputRate: Int, to outputRate: Int, quality: Int = defaultQuality) throws(CodecError) {
        let rates = 1_000...192_000
        guard rates.contains(inputRate) else { throw .unsupportedRate(inputRate) }
        guard rates.contains(outputRate) else { throw .unsupportedRate(outputRate) }
        let quality = Int32(min(max(quality, 0), 10))
        var status: Int32 = 0
        guard let state = speex_resampler_init(1, UInt32(inputRate), UInt32(outputRate), quality, &status) else {
            throw .unsupportedRate(inputRate)
        }
        self.inputRate = inputRate
        self.outputRate = outputRate
        self.state = state
    }

    deinit {
        speex_resampler_destroy(state)
    }

    /// Samples of input by which the output lags behind.
    public var inputLatency: Int {
        Int(speex_resampler_get_input_latency(state))
    }

    /// Appends the resampled samples. All of `input` is used; a frame of whole milliseconds gives a whole frame.
    public func process(_ input: Span<Int16>, into output: inout [Int16]) {
        let bound = input.count * outputRate / inputRate + 8
        let start = output.count
        output.append(contentsOf: repeatElement(0, count: bound))
        var used = 0
        var made = 0
        input.withUnsafeBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                guard let source = source.baseAddress, let target = target.baseAddress else { return }
                while used < input.count, made < bound {
                    var inputLength = UInt32(input.count - used)
                    var outputLength = UInt32(bound - made)
                    let status = speex_resampler_process_int(
                        state, 0, source + used, &inputLength, target + start + made, &outputLength
                    )
                    guard status == 0, inputLength > 0 || outputLength > 0 else { return }
                    used += Int(inputLength)
                    made += Int(outputLength)
                }
            }
        }
        output.removeLast(bound - made)
    }

    /// Forgets what went before, as at a cut.
    public func reset() {
        speex_resampler_reset_mem(state)
    }
}
