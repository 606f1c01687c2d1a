/// The channels of a WAV file with 16-bit samples, one after another.
public struct WAVChannels: Sendable, Hashable {
    public static let maximumChannels = 8

    /// Frames a second.
    public let sampleRate: Int
    /// Of one length.
    public let channels: [[Int16]]

    /// Reads a RIFF WAVE file of 1 to ``maximumChannels`` channels and any rate. Chunks other than `fmt ` and `data` are
    /// passed over; a `data` chunk that claims more than is there, as writers of streams leave it, ends with the file.
    public init(parsing bytes: Span<UInt8>) throws(WAVError) {
        guard bytes.count >= 12, bytes.fourCC(at: 0) == "RIFF", bytes.fourCC(at: 8) == "WAVE" else { throw .notWAV }
        var format: (rate: Int, channels: Int)?
        var offset = 12
        while bytes.count - offset >= 8 {
            let name = bytes.fourCC(at: offset)
            let claimed = Int(bytes.littleEndian32(at: offset + 4))
            let start = offset + 8
            let length = min(claimed, bytes.count - start)
            if name == "fmt " {
                guard length >= 16 else { throw .truncated }
                format = try Self.format(bytes.extracting(start..<start + length))
            } else if name == "data" {
                guard let format else { throw .missingFormat }
                sampleRate = format.rate
                var interleaved: [Int16] = []
                PCM16.decode(bytes.extracting(start..<start + length), into: &interleaved)
                let frames = interleaved.count / format.channels
                channels = (0..<format.channels).map { channel in
                    (0..<frames).map { interleaved[$0 * format.channels + channel] }
                }
                return
            }
            offset = start + length + length & 1
        }
        throw .missingData
    }

    private static func format(_ bytes: Span<UInt8>) throws(WAVError) -> (rate: Int, channels: Int) {
        var tag = bytes.littleEndian16(at: 0)
        // WAVE_FORMAT_EXTENSIBLE carries the real tag at the head of its GUID.
        if tag == 0xFFFE, bytes.count >= 26 { tag = bytes.littleEndian16(at: 24) }
        guard tag == 1 else { throw .unsupportedEncoding(tag) }
        let channels = Int(bytes.littleEndian16(at: 2))
        guard (1...maximumChannels).contains(channels) else { throw .unsupportedChannels(channels) }
        let bits = Int(bytes.littleEndian16(at: 14))
        guard bits == 16 else { throw .unsupportedBits(bits) }
        let rate = Int(bytes.littleEndian32(at: 4))
        guard (1_000...384_000).contains(rate) else { throw .unsupportedRate(rate) }
        return (rate, channels)
    }
}
