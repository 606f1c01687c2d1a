import Codecs

/// The samples of a file in the order they are heard: faded in and out, and again from the start if it is looped.
///
/// A fade follows 3t² − 2t³, which rises like half a cosine and needs none.
struct FilePlayer {
    let options: PlaybackOptions
    private let audio: WAVAudio
    /// The next sample, and how many have been taken.
    private var position = 0
    private var taken = 0
    /// Samples left of the fade that ``stop()`` began.
    private var remaining: Int?

    init(_ audio: WAVAudio, _ options: PlaybackOptions) {
        self.audio = audio
        self.options = options
    }

    var sampleRate: Int { audio.sampleRate }
    var hasBegun: Bool { taken > 0 }

    /// Fades out from here on.
    mutating func stop() {
        remaining = remaining ?? length(options.fadeOut)
    }

    /// Appends at most `count` samples.
    ///
    /// - Returns: Whether nothing follows them.
    mutating func next(_ count: Int, into samples: inout [Int16]) -> Bool {
        for _ in 0..<count {
            guard let sample = nextSample() else { return true }
            samples.append(sample)
        }
        return isFinished
    }

    private var isFinished: Bool { remaining == 0 || position >= audio.samples.count }

    private mutating func nextSample() -> Int16? {
        guard !isFinished else { return nil }
        let total = audio.samples.count
        let fade = min(length(options.fadeOut), total / 2)
        let left = total - position
        var sample = Double(audio.samples[position])
        if options.isLooped, left <= fade {
            let share = Self.step(left, of: fade)
            sample = sample * share + Double(audio.samples[fade - left]) * (1 - share)
        } else if !options.isLooped, left < fade {
            sample *= Self.step(left, of: fade)
        }
        if taken < length(options.fadeIn) { sample *= Self.step(taken, of: length(options.fadeIn)) }
        if let remaining {
            sample *= Self.step(remaining, of: length(options.fadeOut))
            self.remaining = remaining - 1
        }
        position += 1
        taken += 1
        // The beginning has been heard beneath the end.
        if position == total, options.isLooped { position = fade }
        return Int16(sample.rounded())
    }

    private func length(_ milliseconds: Int) -> Int { milliseconds * audio.sampleRate / 1_000 }

    private static func step(_ index: Int, of count: Int) -> Double {
        guard count > 0 else { return 1 }
        let time = Double(index) / Double(count)
        return time * time * (3 - 2 * time)
    }
}
