import Timing
import VoiceEngine

/// What the caller hears who waits.
extension Conversation {
    /// Begins the next step of the filler.
    mutating func advanceFiller(at now: MonotonicTime, into actions: inout [ConversationAction]) {
        var index = 0
        if case .playing(let next, _) = filler { index = next }
        let steps = policy.filler.steps
        while index < steps.count, !canPlay(steps[index]) { index += 1 }
        guard index < steps.count else {
            guard filler == .silent else {
                filler = .playing(next: index, at: nil)
                return
            }
            // None of the steps can be played, and nobody is left in silence.
            filler = .playing(next: index, at: nil)
            return actions.append(.startFiller(.tone))
        }
        if filler != .silent { actions.append(.stopFiller) }
        let following = index + 1
        filler = .playing(next: following, at: following < steps.count ? now + steps[following].delay : nil)
        if case .speech(let text) = steps[index].sound {
            awaitsSpokenFiller = true
            actions.append(.send(.say(text)))
        } else {
            actions.append(.startFiller(steps[index].sound))
        }
    }

    /// An engine can say something only while it waits for us.
    private func canPlay(_ step: FillerStep) -> Bool {
        guard case .speech = step.sound else { return true }
        return phase == .conversing && due == nil && !workflows.isEmpty && engine.capabilities.saysText
    }

    mutating func stopFiller(at now: MonotonicTime, into actions: inout [ConversationAction]) {
        guard filler != .silent else { return }
        filler = .silent
        quietSince = now
        actions.append(.stopFiller)
    }
}
