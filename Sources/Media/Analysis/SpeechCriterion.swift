/// What counts when it is told whether a peer speaks (``MediaSessionEvent/peerSilent``).
public enum SpeechCriterion: String, Sendable, Hashable, CaseIterable {
    /// A voice above the noise of the line; a tone that goes on is none.
    case voice
    /// Any sound from ``LegConfiguration/soundLevel`` on.
    case level
}
