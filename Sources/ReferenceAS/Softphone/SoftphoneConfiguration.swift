import SDP
import SIP

/// What a scripted call says and does after the answer, step by step.
public enum SoftphoneStep: Sendable, Hashable {
    /// Plays a WAV file.
    case play(file: String)
    /// Sends digits as RFC 4733 events.
    case digits(String)
}

/// A call of the softphone.
public struct SoftphoneCallPlan: Sendable {
    /// Request-URI and To.
    public var target: String
    public var from: String
    /// Next hop instead of the one the target names.
    public var hop: Hop?
    /// `name: value` fields added to the INVITE, Route among them.
    public var headers: SIPHeaders
    public var steps: [SoftphoneStep]
    /// Whether each step waits until the other side has spoken and fallen silent.
    public var takesTurns: Bool
    /// Hang up this long after the answer; `nil`: after the last step and a pause of `linger`, or when the peer does.
    public var duration: Duration?
    public var linger: Duration
    /// Give up when there is no final response after this long.
    public var answerTime: Duration
    /// WAV files for what is heard and what is said.
    public var recordReceived: String?
    public var recordSent: String?

    public init(target: String, from: String) {
        self.target = target
        self.from = from
        headers = SIPHeaders()
        steps = []
        takesTurns = false
        linger = .seconds(6)
        answerTime = .seconds(60)
    }
}

/// What became of a call of the softphone; the JSON of `sidetone call`.
public struct SoftphoneReport: Sendable, Codable {
    public struct Event: Sendable, Codable {
        /// Milliseconds from the INVITE.
        public var atMs: Int
        public var event: String
    }

    public enum Outcome: String, Sendable, Codable {
        case completed, rejected
        case noAnswer = "no-answer"
        case failed
    }

    public var outcome = Outcome.failed
    /// Final status of the INVITE.
    public var status: Int?
    public var codec: String?
    /// From the INVITE to its final response.
    public var setupMs: Int?
    /// From the 200 to the first RTP packet with sound in it.
    public var firstAudioMs: Int?
    /// From the 200 to the end.
    public var durationMs: Int?
    public var packetsSent: UInt64 = 0
    public var packetsReceived: UInt64 = 0
    public var events: [Event] = []
}
