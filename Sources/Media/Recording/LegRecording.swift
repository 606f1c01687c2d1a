import Codecs
import Timing

/// The samples of a leg's two directions on their way to files, both in step with the wall clock.
///
/// The rate is that of the first codec, but 16 kHz at most: nothing that is heard is lost, and a file has one rate
/// however the codec changes.
struct LegRecording {
    private static let highestRate = 16_000
    /// Seconds of silence that are written at once when the first codec comes late, as after long ringing.
    private static let longestWait = 300

    /// In Hz; `nil` before there is a codec.
    private(set) var sampleRate: Int?
    private(set) var received: RecordingTap?
    var sent: RecordingTap?
    private var wanted = (received: false, sent: false)
    private var quality = Resampler.defaultQuality
    private var start: MonotonicTime?
    /// Up to where there is something, or would be if there were a codec.
    private var end: MonotonicTime?

    /// Begins anew; what was not taken is dropped.
    ///
    /// - Parameter rate: Of the codec, if there is one.
    mutating func begin(received: Bool, sent: Bool, rate: Int?, quality: Int, at now: MonotonicTime) {
        start = now
        end = now
        wanted = (received, sent)
        self.quality = quality
        sampleRate = nil
        self.received = nil
        self.sent = nil
        // A rate that no resampler is made for has no codec either: its set-up would have failed.
        if let rate { try? prepare(from: rate) }
    }

    /// Makes what samples of this rate need.
    mutating func prepare(from rate: Int) throws(CodecError) {
        guard start != nil else { return }
        if sampleRate == nil {
            let chosen = rate >= Self.highestRate ? Self.highestRate : 8_000
            sampleRate = chosen
            received = wanted.received ? tap(chosen) : nil
            sent = wanted.sent ? tap(chosen) : nil
            if let end { pad(to: end, seconds: Self.longestWait) }
        }
        try received?.prepare(from: rate)
        try sent?.prepare(from: rate)
    }

    private func tap(_ rate: Int) -> RecordingTap {
        RecordingTap(sampleRate: rate, bank: ResamplerBank(quality: quality))
    }

    mutating func append(received samples: Span<Int16>, rate: Int) {
        if received != nil { received?.append(samples, rate: rate) }
    }

    /// Fills both up with silence to this instant.
    mutating func pad(to instant: MonotonicTime) {
        pad(to: instant, seconds: 1)
    }

    private mutating func pad(to instant: MonotonicTime, seconds: Int) {
        end = instant
        guard let start, let sampleRate else { return }
        let elapsed = Int((instant - start).nanoseconds / 1_000 * Int64(sampleRate) / 1_000_000)
        received?.pad(to: elapsed, atMost: seconds * sampleRate)
        sent?.pad(to: elapsed, atMost: seconds * sampleRate)
    }

    /// What is ready: about a second at once, or all there is when `isLast`.
    mutating func take(isLast: Bool) -> (received: [Int16], sent: [Int16]) {
        let takesReceived = received.map { isLast || $0.isFull } == true
        let takesSent = sent.map { isLast || $0.isFull } == true
        return (takesReceived ? received?.take() ?? [] : [], takesSent ? sent?.take() ?? [] : [])
    }

    /// What is ready of both directions, sample by sample: received, sent, received and so on.
    mutating func takeInterleaved(isLast: Bool) -> [Int16] {
        let left = received?.samples ?? []
        let right = sent?.samples ?? []
        // A resampler may be some samples ahead of the other.
        let count = isLast ? max(left.count, right.count) : min(left.count, right.count)
        guard isLast || count >= sampleRate ?? 1 else { return [] }
        var samples: [Int16] = []
        samples.reserveCapacity(count * 2)
        for index in 0..<count {
            samples.append(index < left.count ? left[index] : 0)
            samples.append(index < right.count ? right[index] : 0)
        }
        received?.removeFirst(count)
        sent?.removeFirst(count)
        return samples
    }
}
