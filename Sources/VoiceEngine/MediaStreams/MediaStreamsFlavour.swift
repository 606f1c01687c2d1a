import Codecs

/// Platforms whose bots are dialled with a WebSocket of JSON texts after the manner of Twilio Media Streams: the same
/// messages, spelt differently.
enum MediaStreamsFlavour: Sendable, Hashable {
    case twilio, telnyx, plivo, exotel

    /// `event` of the bot's audio.
    var mediaEvent: String { self == .plivo ? "playAudio" : "media" }

    /// `event` with which a bot sets a mark.
    var markEvent: String { self == .plivo ? "checkpoint" : "mark" }

    /// `event` with which a bot takes back what was not played.
    var clearEvent: String { self == .plivo ? "clearAudio" : "clear" }

    /// Whether each mark that is dropped comes back as if it had been played. Plivo says once that all was cleared.
    var echoesClearedMarks: Bool { self != .plivo }

    /// The caller's audio, and the bot's as long as it does not say otherwise.
    ///
    /// - Parameter contentType: What Plivo calls the format that its answer to the call asks for.
    func format(preferring wanted: AudioFormat, contentType: String?) -> AudioFormat {
        switch (self, wanted, contentType) {
        case (.telnyx, .pcma, _): .pcma
        case (.plivo, _, "audio/x-l16;rate=8000"): .pcm16(rate: 8_000)
        case (.plivo, _, "audio/x-l16;rate=16000"): .pcm16(rate: 16_000)
        case (.exotel, _, _): .pcm16(rate: 8_000)
        default: .pcmu
        }
    }
}

extension AudioFormat {
    /// What Twilio and Plivo call it.
    var mediaStreamsType: String {
        switch self {
        case .pcm16: "audio/x-l16"
        case .pcmu: "audio/x-mulaw"
        case .pcma: "audio/x-alaw"
        }
    }
}
