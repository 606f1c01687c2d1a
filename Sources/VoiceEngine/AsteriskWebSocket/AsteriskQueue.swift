import Codecs

/// How much of what an application has sent waits to be played, in frames of 20 ms, as far as marks tell.
///
/// Asterisk holds 1 000 frames, asks for a pause at 900 and for more at 800, and ignores what does not fit.
struct AsteriskQueue: Sendable {
    static let capacity = 1_000
    static let pauseLevel = 900
    static let resumeLevel = 800
    /// A mark is set behind each such number of frames.
    private static let markInterval = 50

    private let frameSize: Int
    private var octets = 0
    /// Of those, the ones that no mark stands behind.
    private var octetsUnmarked = 0
    private(set) var isPaused = false

    init(_ format: AudioFormat) {
        frameSize = max(1, format.asteriskFrameSize)
    }

    var frames: Int { (octets + frameSize - 1) / frameSize }

    /// Whether nothing more is taken.
    var isFull: Bool { octets >= Self.capacity * frameSize }

    /// Whether adding this much changes nothing that anybody has to be told.
    func isUneventful(_ count: Int) -> Bool {
        octetsUnmarked + count < Self.markInterval * frameSize && !isFull
    }

    mutating func add(_ count: Int) {
        octets += count
        octetsUnmarked += count
    }

    var needsMark: Bool { octetsUnmarked >= Self.markInterval * frameSize }

    /// - Returns: The octets that the mark set now stands behind.
    mutating func mark() -> Int {
        defer { octetsUnmarked = 0 }
        return octetsUnmarked
    }

    /// A mark was reached.
    mutating func remove(_ count: Int) { octets = max(0, octets - count) }

    mutating func removeAll() { (octets, octetsUnmarked) = (0, 0) }

    /// `MEDIA_XOFF` or `MEDIA_XON`, once each time a level is passed.
    mutating func flowEvent() -> String? {
        if !isPaused, frames >= Self.pauseLevel {
            isPaused = true
            return "MEDIA_XOFF"
        }
        if isPaused, frames <= Self.resumeLevel {
            isPaused = false
            return "MEDIA_XON"
        }
        return nil
    }
}
