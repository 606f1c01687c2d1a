import Media

/// What an ``ActionScript`` is told.
enum ActionInput: Sendable {
    /// What came of a question.
    case answer(sequence: Int, Result<[CallAction], CallActionSourceFailure>)
    /// What came of a deed.
    case done(Int, DeedResult)
    case held(Bool)
    case media(MediaSessionEvent)
}

/// What is done in a call, and takes its time.
enum Deed: Sendable, Equatable {
    /// To the end of it.
    case play(Sound)
    case render(CallAction.Speech)
    case sendDigits(String)
    case record
    case transfer(CallAction.Transfer)
    /// To a person, because nobody leads the call any more.
    case rescue

    enum Sound: Sendable, Equatable {
        case prompt(CallAction.Prompt)
        /// A WAV file by its path.
        case path(String)
        case filler(FillerStep.Sound)
    }
}

enum DeedResult: Sendable, Equatable {
    case done
    /// Of ``Deed/render(_:)``.
    case rendered(path: String)
    /// The reason is a constant word or a few.
    case failed(String)
}

/// What an ``ActionScript`` wants done.
enum ActionStep: Sendable, Equatable {
    case ask(CallActionEvent)
    /// ``ActionInput/done(_:_:)`` has to follow with this number.
    case perform(Deed, Int)
    /// Silence at once. What is played is over, and its end is not waited for.
    case stopPlayback
    case set([String: String])
    /// Nobody leads the call any more: a line for its record.
    case abandoned(String)
    /// With this value of Reason.
    case hangUp(String?)
}
