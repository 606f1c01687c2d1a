/// The samples of a WAV file in memory, if they are linear with 16 bits and of one channel.
///
/// Source: Multimedia Programming Interface and Data Specifications 1.0 (1991), "Waveform Audio File Format".
struct WaveSamples: Sendable {
    /// Samples in a second.
    let rate: Int
    /// Where the samples lie in the file.
    let range: Range<Int>

    /// - Returns: `nil` for anything else.
    init?(_ file: Span<UInt8>) {
        guard file.matches("RIFF", at: 0), file.matches("WAVE", at: 8) else { return nil }
        var rate: Int?
        var offset = 12
        while offset + 8 <= file.count {
            let start = offset + 8
            let size = file.littleEndian(4, at: offset + 4)
            let end = min(file.count, start + size)
            if file.matches("fmt ", at: offset), end - start >= 16 {
                let isLinear = file.littleEndian(2, at: start) == 1
                guard isLinear, file.littleEndian(2, at: start + 2) == 1, file.littleEndian(2, at: start + 14) == 16
                else {
                    return nil
                }
                rate = file.littleEndian(4, at: start + 4)
            } else if file.matches("data", at: offset) {
                guard let rate else { return nil }
                self.rate = rate
                range = start..<(start + (end - start) / 2 * 2)
                return
            }
            // Chunks begin at even offsets.
            offset = start + size + size % 2
        }
        return nil
    }
}

extension Span<UInt8> {
    fileprivate func matches(_ text: StaticString, at offset: Int) -> Bool {
        guard offset + text.utf8CodeUnitCount <= count else { return false }
        for index in 0..<text.utf8CodeUnitCount where self[offset + index] != text.utf8Start[index] { return false }
        return true
    }

    /// A number of `size` octets, which are there.
    fileprivate func littleEndian(_ size: Int, at offset: Int) -> Int {
        (0..<size).reduce(0) { $0 | Int(self[offset + $1]) << (8 * $1) }
    }
}
