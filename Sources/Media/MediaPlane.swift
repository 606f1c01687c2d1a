import SDP
import VoiceEngine

/// The boundary between signalling and media. Plain values go in, events come out; no closure, socket or buffer
/// crosses it, so that a worker on another machine can stand behind it.
///
/// A *session* is what one call uses: at most one leg (a leased pair of ports) and at most one engine. Every
/// command names its session, and everything that is opened for a session ends with ``release(_:)``.
///
/// Every command can be repeated without harm, as one does whose answer was lost. What says how things are to be makes
/// them so again: `open`, `connectEngine` (a new connection in the place of the old one), `allocateLeg`, `setRemote`,
/// `record`, `stopPlayback`, `drainPlayback`, `disconnectEngine`, `bridge`, `unbridge`, `release`. What adds something,
/// `play`, `sendDigits`, `receiveDigit` and `send`, has a number (``MediaCommandID``) by which it is done once; without a
/// number it is another command each time.
public protocol MediaPlane: Sendable {
    /// Opens a session and returns its events. The stream ends when the session is released.
    /// A session that exists already keeps running and its former stream ends.
    func open(_ session: MediaSessionID) async -> AsyncStream<MediaSessionNotice>

    /// Connects the engine: TCP, TLS, WebSocket handshake and session set-up. Returns when it takes audio.
    ///
    /// - Parameter limit: The whole of it must be done within this time.
    func connectEngine(
        _ session: MediaSessionID,
        to endpoint: EngineEndpoint,
        with configuration: EngineSessionConfiguration,
        within limit: Duration
    ) async throws(EngineConnectError)

    /// Leases an even/odd pair of ports for RTP and RTCP; a second call answers the same pair.
    ///
    /// - Parameter remote: The literal address that media is to be exchanged with. The pair is of its IP version if the
    ///   plane has an address of that; `nil` stands for the version that the plane prefers.
    func allocateLeg(
        _ session: MediaSessionID,
        towards remote: String?
    ) async throws(MediaPlaneError) -> LocalMediaAddress

    /// Sets where the leg sends to and what it speaks; from here on audio flows. Called again after each offer and
    /// answer: hold, retrieve, another address, another codec.
    func setRemote(_ session: MediaSessionID, to audio: NegotiatedAudio) async throws(MediaPlaneError)

    /// Hands a command to the session's engine; without effect if there is none.
    func send(_ command: EngineCommand, to session: MediaSessionID, as number: MediaCommandID?) async

    /// Closes the engine's WebSocket; the leg stays.
    func disconnectEngine(_ session: MediaSessionID) async

    /// Plays a WAV file (mono, 16-bit, 8/16/24/48 kHz) to the leg, after what is queued already.
    /// ``MediaSessionEvent/playbackFinished`` follows when its last sample has left, or it has made way for the engine.
    func play(
        file path: String,
        _ options: PlaybackOptions,
        on session: MediaSessionID,
        as number: MediaCommandID?
    ) async throws(MediaPlaneError)

    /// Plays a tone to the leg, after what is queued already, for `duration` rounded up to whole cadences and at most
    /// 75 s; ``stopPlayback(_:)`` ends it before.
    func play(
        tone: CallProgressTone,
        for duration: Duration,
        on session: MediaSessionID,
        as number: MediaCommandID?
    ) async throws(MediaPlaneError)

    /// Drops the files and tones that are queued; the one that is heard fades out. What an engine says stays.
    func stopPlayback(_ session: MediaSessionID) async

    /// Sends digits as RFC 4733 events, 100 ms each with 60 ms between.
    ///
    /// - Parameter digits: `0`-`9`, `*`, `#`, `A`-`D`.
    func sendDigits(
        _ digits: String,
        on session: MediaSessionID,
        as number: MediaCommandID?
    ) async throws(MediaPlaneError)

    /// Takes a digit that the peer sent in signalling (SIP INFO). ``MediaSessionEvent/digit(_:)`` follows, unless the
    /// leg's stream brought the same press of the key within two seconds.
    func receiveDigit(_ digit: Character, on session: MediaSessionID, as number: MediaCommandID?) async

    /// Records the leg into WAV files until the session is released, at the rate of its first codec but 16 kHz at most.
    /// A recording before that is closed; the same plan again changes nothing.
    func record(_ session: MediaSessionID, _ plan: RecordingPlan) async throws(MediaPlaneError)

    /// Returns when everything queued for the leg has left, or after `limit`.
    func drainPlayback(_ session: MediaSessionID, atMost limit: Duration) async

    /// Lets the legs of two sessions hear one another, each in the place of an engine, until one of the sessions is
    /// released, bridged with a third one, or ``unbridge(_:)`` is called. Engines of theirs are closed. Each leg keeps
    /// its codec.
    ///
    /// - Throws: ``MediaPlaneError/unknownSession`` also for a session without a leg.
    func bridge(_ session: MediaSessionID, with other: MediaSessionID) async throws(MediaPlaneError)

    /// The leg of this session and the one that it is bridged with hear one another no more; each is a leg without an
    /// engine again. What they have heard and not played is dropped.
    func unbridge(_ session: MediaSessionID) async

    /// Closes the engine, gives the ports back and finishes recordings; the report of the session.
    /// A session that does not exist gives `nil`.
    @discardableResult
    func release(_ session: MediaSessionID) async -> MediaSessionReport?

    func status() async -> MediaPlaneStatus
}

extension MediaPlane {
    /// Leases a pair of ports of the IP version that the plane prefers.
    public func allocateLeg(_ session: MediaSessionID) async throws(MediaPlaneError) -> LocalMediaAddress {
        try await allocateLeg(session, towards: nil)
    }

    /// Hands a command to the engine, another one each time.
    public func send(_ command: EngineCommand, to session: MediaSessionID) async {
        await send(command, to: session, as: nil)
    }

    /// Plays a WAV file, again each time.
    public func play(
        file path: String,
        _ options: PlaybackOptions = .announcement,
        on session: MediaSessionID
    ) async throws(MediaPlaneError) {
        try await play(file: path, options, on: session, as: nil)
    }

    /// Plays a tone, again each time.
    public func play(
        tone: CallProgressTone,
        for duration: Duration,
        on session: MediaSessionID
    ) async throws(MediaPlaneError) {
        try await play(tone: tone, for: duration, on: session, as: nil)
    }

    /// Sends digits, again each time.
    public func sendDigits(_ digits: String, on session: MediaSessionID) async throws(MediaPlaneError) {
        try await sendDigits(digits, on: session, as: nil)
    }

    /// Takes a digit, another one each time.
    public func receiveDigit(_ digit: Character, on session: MediaSessionID) async {
        await receiveDigit(digit, on: session, as: nil)
    }

    /// Records into a file for each direction.
    public func record(
        _ session: MediaSessionID,
        received: String?,
        sent: String?
    ) async throws(MediaPlaneError) {
        try await record(session, .separate(received: received, sent: sent))
    }
}

/// Names one call's media in every command. Chosen by the caller of the plane; unique in it.
public struct MediaSessionID: Sendable, Hashable, CustomStringConvertible {
    public let rawValue: String

    public init(_ rawValue: String) {
        self.rawValue = rawValue
    }

    public var description: String { rawValue }
}

/// The leased pair of a leg.
public struct LocalMediaAddress: Sendable, Hashable {
    /// A literal IPv4 or IPv6 address, as it goes into SDP.
    public var address: String
    /// Even.
    public var rtpPort: UInt16
    /// `rtpPort` + 1.
    public var rtcpPort: UInt16
    /// Of the certificate that DTLS shows there; `nil` if there is no DTLS.
    public var fingerprint: CertificateFingerprint?

    public init(
        address: String,
        rtpPort: UInt16,
        rtcpPort: UInt16,
        fingerprint: CertificateFingerprint? = nil
    ) {
        self.address = address
        self.rtpPort = rtpPort
        self.rtcpPort = rtcpPort
        self.fingerprint = fingerprint
    }
}

public enum MediaSessionEvent: Sendable, Hashable {
    case engine(EngineEvent)
    /// A digit, reported once: at its first event packet (RFC 4733 §2.5), 40 ms into its tone, or when signalling
    /// brought it.
    case digit(Character)
    /// The first packet of this turn left; `delay`, from the arrival of its first audio byte, is what we added to it.
    case turnSent(EngineTurnID, delay: Duration)
    /// The first packet of this turn with sound in it left; `delay` is from the arrival of its first audio byte, and
    /// holds the silence that the engine's audio begins with.
    case turnAudible(EngineTurnID, delay: Duration)
    /// The turn has begun and its end has not come, but for half a second there is nothing of it left to send. What
    /// comes later is sent as it comes; if a file was queued meanwhile, as a turn that begins anew.
    case turnStarved(EngineTurnID)
    /// All of this turn has left: what the engine said was heard to its end.
    case turnPlayed(EngineTurnID)
    /// The caller interrupted: the queue was dropped after this much of the turn had left. No
    /// ``turnPlayed(_:)`` follows.
    case bargeIn(EngineTurnID, playedMilliseconds: Int)
    /// The first RTP packet from the peer.
    case firstPacketReceived
    /// The first packet from the peer that holds sound (above −50 dBov).
    case firstSoundReceived
    /// The peer's speech stopped for 700 ms / began again, as ``LegConfiguration/speech`` judges.
    case peerSilent
    case peerSpeaking
    /// The file given to `play` has been sent.
    case playbackFinished
    /// The handshake for the keys failed: nothing can be sent or heard. The text says why.
    case keyAgreementFailed(String)
    /// No RTP or RTCP for this long while some was due.
    case inactive(for: Duration)
}

public enum MediaPlaneError: Error, Sendable, Hashable {
    /// Every pair of the range is leased or in quarantine.
    case portsExhausted(range: ClosedRange<UInt16>)
    /// The codec is not one this build transcodes.
    case unsupportedCodec(String)
    /// An address that must not be sent to, or that is no literal address.
    case addressRefused(String)
    /// A socket could not be opened or bound; the text says which and why.
    case socket(String)
    /// A file could not be read or written, or is no WAV this can play.
    case file(path: String, reason: String)
    case unknownSession
    /// The keys that were agreed on cannot be used.
    case protection(String)
}

/// What a session did, for the call's record.
public struct MediaSessionReport: Sendable, Hashable {
    public var packetsSent: UInt64
    public var packetsReceived: UInt64
    /// Packets expected but never received (RFC 3550 §6.4.1).
    public var packetsLost: UInt64
    /// Interarrival jitter in milliseconds at the end (RFC 3550 §6.4.1).
    public var jitterMilliseconds: Double
    /// From the round of RTCP reports; `nil` if none came.
    public var roundTripMilliseconds: Double?
    /// What a listener would score the call, 1 to 4.5, by loss, codec and delay (ITU-T G.107); `nil` if nothing came.
    public var meanOpinionScore: Double?

    public init(
        packetsSent: UInt64 = 0,
        packetsReceived: UInt64 = 0,
        packetsLost: UInt64 = 0,
        jitterMilliseconds: Double = 0,
        roundTripMilliseconds: Double? = nil,
        meanOpinionScore: Double? = nil
    ) {
        self.packetsSent = packetsSent
        self.packetsReceived = packetsReceived
        self.packetsLost = packetsLost
        self.jitterMilliseconds = jitterMilliseconds
        self.roundTripMilliseconds = roundTripMilliseconds
        self.meanOpinionScore = meanOpinionScore
    }
}

/// The plane's gauges.
public struct MediaPlaneStatus: Sendable, Hashable {
    public var sessions: Int
    /// Pairs in use now.
    public var leasedPairs: Int
    /// Pairs given back and not yet leased out again because late packets may still come.
    public var quarantinedPairs: Int
    public var freePairs: Int
    public var engineConnections: Int

    public init(sessions: Int, leasedPairs: Int, quarantinedPairs: Int, freePairs: Int, engineConnections: Int) {
        self.sessions = sessions
        self.leasedPairs = leasedPairs
        self.quarantinedPairs = quarantinedPairs
        self.freePairs = freePairs
        self.engineConnections = engineConnections
    }
}
