/// Measures for how long nothing is heard.
public struct SilenceMeter: Sendable {
    /// A stretch without sound.
    public struct Gap: Sendable, Hashable {
        /// Milliseconds from the beginning of the audio.
        public var start: Int
        /// Milliseconds.
        public var length: Int

        public init(start: Int, length: Int) {
            self.start = start
            self.length = length
        }
    }

    /// The audio is judged in pieces of so many milliseconds.
    public static let pieceMilliseconds = 10

    /// Finds the gaps of one or more channels of one length: where none of them holds sound.
    ///
    /// - Parameters:
    ///   - channels: Samples at `sampleRate` Hz.
    ///   - level: Sound is what is at least so loud in a piece, in dBov.
    ///   - bridged: Sound that lasts no longer, in milliseconds, is a click and ends no gap.
    public static func gaps(
        in channels: [[Int16]],
        sampleRate: Int,
        level: Double,
        bridged: Int = 20
    ) -> [Gap] {
        let length = sampleRate * pieceMilliseconds / 1_000
        let count = channels.map(\.count).min() ?? 0
        guard length > 0, count > 0 else { return [] }
        let threshold = LevelMeter.power(atLevel: level)
        var gaps: [Gap] = []
        var begin: Int?
        var piece = 0
        for start in stride(from: 0, to: count, by: length) {
            let end = min(start + length, count)
            let isLoud = channels.contains { channel in
                LevelMeter.power(of: channel.span.extracting(start..<end)) >= threshold
            }
            if isLoud, let first = begin {
                gaps.append(Gap(start: first * pieceMilliseconds, length: (piece - first) * pieceMilliseconds))
                begin = nil
            } else if !isLoud, begin == nil {
                begin = piece
            }
            piece += 1
        }
        if let first = begin {
            let end = count * 1_000 / sampleRate
            gaps.append(Gap(start: first * pieceMilliseconds, length: end - first * pieceMilliseconds))
        }
        return joined(gaps, over: bridged)
    }

    private static func joined(_ gaps: [Gap], over bridged: Int) -> [Gap] {
        var result: [Gap] = []
        for gap in gaps {
            if let last = result.last, gap.start - (last.start + last.length) <= bridged {
                result[result.count - 1].length = gap.start + gap.length - last.start
            } else {
                result.append(gap)
            }
        }
        return result
    }
}
