import Media
import SIP

/// One thing that is to be done in a call, as a program outside asks for it. It has been read strictly, and is no more
/// trusted for that: targets go through the ``CallPolicy``, files are names below a folder of the operator's.
public enum CallAction: Sendable, Hashable {
    // Before the answer.

    /// 180 to the caller.
    case ring
    /// 200 to the caller.
    case answer
    /// A final response. `retryAfter` in seconds.
    case reject(StatusCode, retryAfter: Int?)
    /// On to another party, without us in the media; `nil`: to where the service's fallback leads.
    case route(String?)

    // After the answer.

    /// Plays one piece after another.
    case play([Prompt])
    case collect(Collection)
    /// Records the call from here on, to where the deployment records.
    case record
    case transfer(Transfer)
    /// Keys to the caller's side.
    case sendDigits(String)
    /// BYE, with these words in its Reason.
    case hangUp(String?)

    // At any time.

    case pause(Duration)
    /// Findings that go along to whoever takes the call over; later values win.
    case set([String: String])

    /// Something to be heard.
    public enum Prompt: Sendable, Hashable {
        case speech(Speech)
        /// A name below the folder of the service's files.
        case file(String)
        /// In whole cadences.
        case tone(CallProgressTone, Duration)
    }

    /// A text to be said.
    public struct Speech: Sendable, Hashable {
        public var text: String
        /// BCP 47 tag; `nil`: that of the voice.
        public var language: String?
        /// `nil`: that of the deployment.
        public var voice: String?

        public init(_ text: String, language: String? = nil, voice: String? = nil) {
            self.text = text
            self.language = language
            self.voice = voice
        }
    }

    /// How keys are gathered.
    public struct Collection: Sendable, Hashable {
        /// An input with fewer keys is none.
        public var minimum: Int
        /// So many keys are complete. 1...64.
        public var maximum: Int
        /// This key ends the input and is no part of it; `nil`: none does.
        public var terminator: Character?
        /// From the end of the prompt to the first key.
        public var firstDigitTime: Duration
        /// From one key to the next.
        public var nextDigitTime: Duration
        /// Cut short by the first key.
        public var prompt: [Prompt]

        public init(
            minimum: Int = 1,
            maximum: Int,
            terminator: Character? = "#",
            firstDigitTime: Duration = .seconds(7),
            nextDigitTime: Duration = .seconds(3),
            prompt: [Prompt] = []
        ) {
            self.minimum = minimum
            self.maximum = maximum
            self.terminator = terminator
            self.firstDigitTime = firstDigitTime
            self.nextDigitTime = nextDigitTime
            self.prompt = prompt
        }
    }

    /// Where a call is to go. The caller stays with us when it comes to nothing.
    public struct Transfer: Sendable, Hashable {
        /// Names, numbers or URIs, in the order in which they are tried; the policy decides on each.
        public var targets: [String]
        /// `nil`: those of the service.
        public var ways: [TransferMethod]?
        /// How long a target may ring; `nil`: that of the service.
        public var ringTime: Duration?
        /// For all of it; `nil`: that of the service.
        public var limit: Duration?
        /// Why, for whoever takes the call over.
        public var reason: String?

        public init(
            targets: [String],
            ways: [TransferMethod]? = nil,
            ringTime: Duration? = nil,
            limit: Duration? = nil,
            reason: String? = nil
        ) {
            self.targets = targets
            self.ways = ways
            self.ringTime = ringTime
            self.limit = limit
            self.reason = reason
        }
    }
}

extension CallAction {
    /// The word that stands for each in JSON.
    enum Name: String, CaseIterable {
        case ring, answer, reject, route, say, play, collect, record, transfer, digits, hangup, pause, set
    }

    var name: Name {
        switch self {
        case .ring: .ring
        case .answer: .answer
        case .reject: .reject
        case .route: .route
        case .play(let prompts): if case .speech? = prompts.first { .say } else { .play }
        case .collect: .collect
        case .record: .record
        case .transfer: .transfer
        case .sendDigits: .digits
        case .hangUp: .hangup
        case .pause: .pause
        case .set: .set
        }
    }

    /// When an action makes sense.
    enum Phase: Sendable, Hashable {
        case beforeAnswer, afterAnswer, anyTime
    }

    var phase: Phase {
        switch self {
        case .ring, .answer, .reject, .route: .beforeAnswer
        case .play, .collect, .record, .transfer, .sendDigits, .hangUp: .afterAnswer
        case .pause, .set: .anyTime
        }
    }

    /// Whether nothing that follows in a list would ever be done.
    var isLast: Bool {
        switch self {
        case .reject, .route, .transfer, .hangUp: true
        default: false
        }
    }
}
