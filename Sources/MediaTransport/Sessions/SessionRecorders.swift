import Media

/// The files that a session is recorded into.
struct SessionRecorders: Sendable {
    var received: WAVRecorder?
    var sent: WAVRecorder?
    /// Of both directions.
    var stereo: WAVRecorder?

    var wantsReceived: Bool { received != nil || stereo != nil }
    var wantsSent: Bool { sent != nil || stereo != nil }
    var all: [WAVRecorder] { [received, sent, stereo].compactMap { $0 } }

    /// Hands on what is ready: about a second at once, or all there is when `isLast`.
    func take(from leg: Leg, isLast: Bool) {
        guard wantsReceived || wantsSent, let rate = leg.recordingRate else { return }
        if let stereo {
            stereo.append(leg.takeStereoRecording(isLast: isLast), sampleRate: rate)
        } else {
            let (heard, said) = leg.takeRecording(isLast: isLast)
            received?.append(heard, sampleRate: rate)
            sent?.append(said, sampleRate: rate)
        }
    }
}
