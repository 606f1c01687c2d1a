import Codecs

/// The turns of a bot whose dialect has none: audio comes, or it does not.
///
/// A turn begins with the first sound and ends when nothing has come for a while; bots that send silence between what
/// they say end theirs with a longer silence. The identifiers are ours. There is no clock here: ``tick(into:)`` is called
/// each ``interval``.
struct PlatformTurns: Sendable {
    static let interval = Duration.milliseconds(100)
    /// Whole intervals without any audio that end a turn.
    private static let quietLimit = 2
    /// Whole intervals with nothing but silence that end a turn.
    private static let silentLimit = 10

    private(set) var current: EngineTurnID?
    private var count = 0
    private var quietIntervals = 0
    private var silentIntervals = 0
    private var hasAudio = false
    private var hasSound = false

    /// The present turn, for audio that carries it on; `nil` while none is open.
    mutating func carryOn(_ audio: Span<UInt8>, _ format: AudioFormat) -> EngineTurnID? {
        guard let current, audio.count > 0 else { return nil }
        hasAudio = true
        if !hasSound { hasSound = !format.isSilent(audio) }
        return current
    }

    /// The turn that audio belongs to, begun if need be; `nil` for silence that comes while nothing is said.
    mutating func take(
        _ audio: Span<UInt8>,
        _ format: AudioFormat,
        into out: inout [EngineSessionOutput]
    ) -> EngineTurnID? {
        guard audio.count > 0 else { return nil }
        if current == nil {
            guard !format.isSilent(audio) else { return nil }
            begin(into: &out)
        }
        return carryOn(audio, format)
    }

    mutating func begin(into out: inout [EngineSessionOutput]) {
        end(.completed, into: &out)
        count += 1
        let turn = EngineTurnID("turn-\(count)")
        current = turn
        (quietIntervals, silentIntervals, hasAudio, hasSound) = (0, 0, false, false)
        out.append(.event(.turnStarted(turn)))
    }

    /// Ends the present turn, if there is one.
    mutating func end(_ outcome: EngineTurnOutcome, into out: inout [EngineSessionOutput]) {
        guard let turn = current else { return }
        current = nil
        out.append(.event(.turnEnded(turn, outcome)))
    }

    /// The bot takes back what was not played.
    mutating func interrupt(into out: inout [EngineSessionOutput]) {
        out.append(.event(.interrupted))
        end(.cancelled, into: &out)
    }

    /// An interval has passed.
    mutating func tick(into out: inout [EngineSessionOutput]) {
        guard current != nil else { return }
        quietIntervals = hasAudio ? 0 : quietIntervals + 1
        silentIntervals = hasSound ? 0 : silentIntervals + 1
        (hasAudio, hasSound) = (false, false)
        if quietIntervals >= Self.quietLimit || silentIntervals >= Self.silentLimit { end(.completed, into: &out) }
    }
}

extension AudioFormat {
    /// Whether all samples are zero, or the smallest that G.711 has.
    func isSilent(_ audio: Span<UInt8>) -> Bool {
        for index in audio.indices {
            let isZero =
                switch self {
                case .pcm16: audio[index] == 0
                case .pcmu: audio[index] | 0x80 == 0xFF
                case .pcma: audio[index] | 0x80 == 0xD5
                }
            if !isZero { return false }
        }
        return true
    }

    /// Octets in a sample.
    var octetsPerSample: Int {
        switch self {
        case .pcm16: 2
        case .pcmu, .pcma: 1
        }
    }
}
