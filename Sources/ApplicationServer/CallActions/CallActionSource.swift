/// A program outside that leads calls: it is told what happens and says what is to be done.
public protocol CallActionSource: Sendable {
    /// Reads the lists of this source.
    var decoder: CallActionDecoder { get }

    /// Asks what is to be done after an event. Gives up when the task is cancelled.
    ///
    /// - Parameter limit: For all of it; `nil`: as the source is configured.
    func actions(
        after event: CallActionEvent,
        of call: CallActionContext,
        within limit: Duration?
    ) async -> Result<[CallAction], CallActionSourceFailure>
}

/// Why there are no actions.
public struct CallActionSourceFailure: Error, Sendable, Hashable {
    /// For the record of the call; of the answer, no more than the place of a fault in it.
    public let reason: String

    public init(_ reason: String) {
        self.reason = reason
    }
}

/// A voice: renders texts into files.
public protocol SpeechRenderer: Sendable {
    /// - Returns: The path of a WAV file (mono, 16-bit) that says it, there for as long as it takes to begin playing it.
    /// - Throws: Why there is none, in words for the record of the call.
    func file(saying speech: CallAction.Speech) async throws(SpeechFailure) -> String
}

public struct SpeechFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
