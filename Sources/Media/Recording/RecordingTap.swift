import Codecs

/// Samples of one direction on their way to a file, kept in step with the clock by silence.
struct RecordingTap {
    /// In Hz; a second is handed on at once.
    let sampleRate: Int

    private(set) var samples: [Int16] = []
    private var written = 0
    private let bank: ResamplerBank

    init(sampleRate: Int, bank: ResamplerBank) {
        self.sampleRate = sampleRate
        self.bank = bank
        samples.reserveCapacity(sampleRate * 2)
    }

    /// Makes the resampler for samples of this rate.
    func prepare(from rate: Int) throws(CodecError) {
        try bank.prepare(from: rate, to: sampleRate)
    }

    var isFull: Bool { samples.count >= sampleRate }

    mutating func append(_ new: Span<Int16>, rate: Int) {
        let before = samples.count
        bank.process(new, from: rate, to: sampleRate, into: &samples)
        written += samples.count - before
    }

    /// Fills up with silence to `total` samples since the beginning, at most `limit` of them.
    mutating func pad(to total: Int, atMost limit: Int) {
        let missing = min(total - written, limit)
        guard missing > 0 else { return }
        samples.append(contentsOf: repeatElement(0, count: missing))
        written += missing
    }

    /// Takes all there is.
    mutating func take() -> [Int16] {
        var taken: [Int16] = []
        taken.reserveCapacity(sampleRate * 2)
        swap(&taken, &samples)
        return taken
    }

    /// Drops what has been copied.
    mutating func removeFirst(_ count: Int) {
        samples.removeFirst(min(count, samples.count))
    }
}
