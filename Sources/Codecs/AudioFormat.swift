/// How samples are laid out where audio crosses a boundary. Always mono.
public enum AudioFormat: Sendable, Hashable {
    /// Signed 16-bit little-endian samples at `rate` Hz.
    case pcm16(rate: Int)
    /// G.711 μ-law, 8 000 Hz.
    case pcmu
    /// G.711 A-law, 8 000 Hz.
    case pcma

    /// Samples in a second.
    public var sampleRate: Int {
        switch self {
        case .pcm16(let rate): rate
        case .pcmu, .pcma: 8_000
        }
    }

    /// Bytes in a millisecond.
    public var bytesPerMillisecond: Int {
        switch self {
        case .pcm16(let rate): rate / 500
        case .pcmu, .pcma: 8
        }
    }
}
