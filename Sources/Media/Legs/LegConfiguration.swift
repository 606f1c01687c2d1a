import Codecs
import RTP

/// How legs behave; the same for all legs of a plane.
public struct LegConfiguration: Sendable, Hashable {
    /// Engine audio that may wait for its turn to be sent, in milliseconds; what exceeds it is dropped.
    public var playoutCapacity: Int
    /// Sends frames of silence while there is nothing to say, so that NAT bindings, session border controllers and
    /// recorders see a stream.
    public var sendsSilence: Bool
    /// 0...10, see ``Resampler``.
    public var resamplerQuality: Int
    /// Milliseconds without RTP and RTCP after which the leg is called inactive.
    public var inactivityLimit: Int
    /// Level in dBov from which a frame counts as sound.
    public var soundLevel: Double
    /// What the peer's pauses are told by.
    public var speech = SpeechCriterion.voice
    /// Milliseconds without sound or speech after which the peer is called silent.
    public var silenceLimit: Int
    /// Whether the peer's port may be learned from its packets.
    public var sourceMode: SourceFilter.Mode
    /// Delay in milliseconds that the jitter buffer starts with and never exceeds.
    public var initialJitterDelay: Int
    public var maximumJitterDelay: Int
    /// Rate in Hz of codecs that have several, while there is no engine that wants another.
    public var sampleRate: Int
    /// Whether encoders that can describe silence instead of sending it do so (AMR, and what the peer allows).
    public var usesDTX: Bool
    /// Whether losses are concealed; without, they are silence, to measure what concealment is worth.
    public var concealsLosses: Bool
    /// Where the peer's digits are looked for.
    public var digits: DigitDetection
    /// Whose word interrupts what the engine says.
    public var bargeIn: BargeInSource
    /// Whether the engine gets silence while nothing but our own echo is heard, so that its detector does not take the
    /// echo for the caller.
    public var hidesEcho: Bool

    public init(
        playoutCapacity: Int = 120_000,
        sendsSilence: Bool = true,
        resamplerQuality: Int = Resampler.defaultQuality,
        inactivityLimit: Int = 30_000,
        soundLevel: Double = -50,
        silenceLimit: Int = 700,
        sourceMode: SourceFilter.Mode = .strict,
        initialJitterDelay: Int = 40,
        maximumJitterDelay: Int = 200,
        sampleRate: Int = 16_000,
        usesDTX: Bool = true,
        concealsLosses: Bool = true,
        digits: DigitDetection = .automatic,
        bargeIn: BargeInSource = .engine,
        hidesEcho: Bool = false
    ) {
        self.playoutCapacity = playoutCapacity
        self.sendsSilence = sendsSilence
        self.resamplerQuality = resamplerQuality
        self.inactivityLimit = inactivityLimit
        self.soundLevel = soundLevel
        self.silenceLimit = silenceLimit
        self.sourceMode = sourceMode
        self.initialJitterDelay = initialJitterDelay
        self.maximumJitterDelay = maximumJitterDelay
        self.sampleRate = sampleRate
        self.usesDTX = usesDTX
        self.concealsLosses = concealsLosses
        self.digits = digits
        self.bargeIn = bargeIn
        self.hidesEcho = hidesEcho
    }
}

/// The numbers a leg starts with. All but the name are random, so that they cannot be guessed (RFC 3550 §5.1).
public struct LegIdentity: Sendable, Hashable {
    public var ssrc: UInt32
    public var firstSequenceNumber: UInt16
    public var firstTimestamp: UInt32
    /// CNAME of the source descriptions; random, without a user's name in it (RFC 7022).
    public var canonicalName: String
    /// Nanoseconds from the Unix epoch to the epoch of the driver's monotonic clock.
    public var wallClock: Int64
    /// Seed of the random intervals between reports.
    public var seed: UInt64

    public init(
        ssrc: UInt32,
        firstSequenceNumber: UInt16,
        firstTimestamp: UInt32,
        canonicalName: String,
        wallClock: Int64,
        seed: UInt64
    ) {
        self.ssrc = ssrc
        self.firstSequenceNumber = firstSequenceNumber
        self.firstTimestamp = firstTimestamp
        self.canonicalName = canonicalName
        self.wallClock = wallClock
        self.seed = seed
    }
}
