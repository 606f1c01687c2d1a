import Timing

/// Where the digits of a peer are looked for.
public enum DigitDetection: String, Sendable, Hashable, CaseIterable {
    /// In RFC 4733 events where they are agreed, and in the audio where they are not.
    case automatic = "auto"
    /// In RFC 4733 events only.
    case events
    /// In events and in the audio: for gateways that agree on events and send tones nevertheless.
    case both
}

/// The digits of a leg's peer, each told once, whichever ways it comes.
///
/// A gateway may send one press of a key as an event, as a tone and in a SIP INFO. What comes a second time by another
/// way within two seconds is the same press.
struct DigitReception {
    enum Way: Equatable {
        case event, tone, message
    }

    private struct Told {
        var digit: Character
        var time: MonotonicTime
        /// Ways by which it has come, the first included.
        var ways: [Way]
    }

    private static let window = Duration.seconds(2)
    private static let remembered = 16

    private let detection: DigitDetection
    private var detector: DTMFDetector?
    private var told: [Told] = []
    private var found: [Character] = []

    init(detection: DigitDetection) {
        self.detection = detection
    }

    /// Another codec or peer; what is heard at the moment is forgotten.
    ///
    /// - Parameter hasEvents: Whether RFC 4733 events are agreed.
    mutating func change(sampleRate: Int, hasEvents: Bool) {
        let isNeeded = detection == .both || detection == .automatic && !hasEvents
        detector = isNeeded ? DTMFDetector(sampleRate: sampleRate) : nil
    }

    /// Whether ``hear(_:at:into:)`` has anything to do.
    var listens: Bool { detector != nil }

    /// Looks for tones in the next samples.
    ///
    /// - Parameter digits: Those not told yet are appended.
    mutating func hear(_ samples: Span<Int16>, at now: MonotonicTime, into digits: inout [Character]) {
        guard listens else { return }
        found.removeAll(keepingCapacity: true)
        detector?.feed(samples, into: &found)
        for digit in found where admits(digit, by: .tone, at: now) { digits.append(digit) }
    }

    /// Whether a digit that came by one way has not come by another.
    mutating func admits(_ digit: Character, by way: Way, at now: MonotonicTime) -> Bool {
        told.removeAll { now - $0.time > Self.window }
        if let index = told.firstIndex(where: { $0.digit == digit && !$0.ways.contains(way) }) {
            told[index].ways.append(way)
            return false
        }
        if told.count == Self.remembered { told.removeFirst() }
        told.append(Told(digit: digit, time: now, ways: [way]))
        return true
    }
}
