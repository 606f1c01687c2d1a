import Codecs
import Timing

/// The samples of a leg's two directions on their way to files, both in step with the wall clock.
struct LegRecording {
    private(set) var received: RecordingTap?
    var sent: RecordingTap?
    private var start: MonotonicTime?

    /// Begins anew; what was not taken is dropped.
    ///
    /// - Parameter rate: Of the samples to come; `nil` while there is no codec.
    mutating func begin(received: Bool, sent: Bool, rate: Int?, quality: Int, at now: MonotonicTime) {
        start = now
        self.received = received ? Self.tap(rate, quality) : nil
        self.sent = sent ? Self.tap(rate, quality) : nil
    }

    private static func tap(_ rate: Int?, _ quality: Int) -> RecordingTap {
        let tap = RecordingTap(bank: ResamplerBank(quality: quality))
        // A rate that no resampler is made for has no codec either: its set-up would have failed.
        if let rate { try? tap.prepare(from: rate) }
        return tap
    }

    /// Makes the resamplers for samples of this rate.
    func prepare(from rate: Int) throws(CodecError) {
        try received?.prepare(from: rate)
        try sent?.prepare(from: rate)
    }

    mutating func append(received samples: Span<Int16>, rate: Int) {
        if received != nil { received?.append(samples, rate: rate) }
    }

    /// Fills both up with silence to this instant.
    mutating func pad(to instant: MonotonicTime) {
        guard let start else { return }
        let elapsed = Int((instant - start).nanoseconds / 1_000 * Int64(RecordingTap.sampleRate) / 1_000_000)
        received?.pad(to: elapsed)
        sent?.pad(to: elapsed)
    }

    /// What is ready: about a second at once, or all there is when `isLast`.
    mutating func take(isLast: Bool) -> (received: [Int16], sent: [Int16]) {
        let takesReceived = received.map { isLast || $0.isFull } == true
        let takesSent = sent.map { isLast || $0.isFull } == true
        return (takesReceived ? received?.take() ?? [] : [], takesSent ? sent?.take() ?? [] : [])
    }
}
