/// Which files a leg is recorded into. They are WAV, 16 bit, and aligned to the wall clock, with silence where nothing
/// flowed.
public enum RecordingPlan: Sendable, Hashable, Codable {
    /// Mono: what was received after the jitter buffer, what was sent; `nil` leaves one out.
    case separate(received: String?, sent: String?)
    /// What was received on the left, what was sent on the right.
    case stereo(String)
}

/// How recordings are laid out, where the names of the files are somebody else's business.
public enum RecordingLayout: String, Sendable, Hashable, CaseIterable {
    case separate, stereo
}
