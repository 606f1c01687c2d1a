import Timing

/// What the caller hears while nobody says what is to be done.
extension ActionScript {
    struct Filler: Sendable, Equatable {
        /// Since when nothing is heard but filler; `nil` while something is played.
        var quietSince: MonotonicTime?
        /// The deed of the step that is heard.
        var deed: Int?
        /// The step after it, and when it begins.
        var next = 0
        var nextDue: MonotonicTime?
    }

    /// Steps that need no engine.
    private var fillerSteps: [FillerStep] {
        let steps = policy.filler.steps.filter { if case .speech = $0.sound { false } else { true } }
        // None can be played, and nobody is left in silence.
        return steps.isEmpty ? [FillerStep(.tone)] : steps
    }

    /// Whether it is neither the caller's turn nor a silence that was asked for.
    private var isSilenceOurs: Bool {
        switch state {
        case .waiting, .prompting, .performing, .rescuing: true
        case .collecting(_, _, let deed): deed != nil
        case .pausing, .over: false
        }
    }

    var fillerDeadline: MonotonicTime? {
        guard policy.filler.isEnabled, isSilenceOurs, let quietSince = filler.quietSince else { return nil }
        return filler.deed == nil ? quietSince + policy.filler.start(expected: nil) : filler.nextDue
    }

    mutating func advanceFiller(at now: MonotonicTime, into steps: inout [ActionStep]) {
        let all = fillerSteps
        let index = min(filler.next, all.count - 1)
        if filler.deed != nil { steps.append(.stopPlayback) }
        filler.deed = perform(.play(.filler(all[index].sound)), into: &steps)
        filler.next = index + 1
        filler.nextDue = filler.next < all.count ? now + all[filler.next].delay : nil
    }

    mutating func stopFiller(into steps: inout [ActionStep]) {
        guard filler.deed != nil else { return }
        filler = Filler(quietSince: filler.quietSince)
        steps.append(.stopPlayback)
    }
}
