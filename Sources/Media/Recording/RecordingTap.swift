import Codecs

/// Samples of one direction on their way to a file, kept in step with the clock by silence. 8 kHz.
struct RecordingTap {
    static let sampleRate = 8_000
    /// One second: what is handed on at once.
    static let chunk = sampleRate

    private(set) var samples: [Int16] = []
    private var written = 0
    private let bank: ResamplerBank

    init(bank: ResamplerBank) {
        self.bank = bank
        samples.reserveCapacity(Self.chunk * 2)
    }

    /// Makes the resampler for samples of this rate.
    func prepare(from rate: Int) throws(CodecError) {
        try bank.prepare(from: rate, to: Self.sampleRate)
    }

    var isFull: Bool { samples.count >= Self.chunk }

    mutating func append(_ new: Span<Int16>, rate: Int) {
        let before = samples.count
        bank.process(new, from: rate, to: Self.sampleRate, into: &samples)
        written += samples.count - before
    }

    /// Fills up with silence to `total` samples since the beginning, at most a chunk at a time.
    mutating func pad(to total: Int) {
        let missing = min(total - written, Self.chunk)
        guard missing > 0 else { return }
        samples.append(contentsOf: repeatElement(0, count: missing))
        written += missing
    }

    mutating func take() -> [Int16] {
        var taken: [Int16] = []
        taken.reserveCapacity(Self.chunk * 2)
        swap(&taken, &samples)
        return taken
    }
}
