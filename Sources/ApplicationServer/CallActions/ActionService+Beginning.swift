import SIP

/// What there was of a call before its answer.
struct ActionBeginning: Sendable {
    /// Of the last event.
    var sequence = -1
    var results: [CallActionResult] = []
    var actionCount = 0
    var data: [String: String] = [:]

    mutating func next(_ kind: CallActionEvent.Kind) -> CallActionEvent {
        sequence += 1
        defer { results = [] }
        return CallActionEvent(kind, sequence: sequence, results: results, isAnswered: false)
    }

    func ended(_ reason: String) -> CallActionEvent {
        var beginning = self
        return beginning.next(.ended(reason))
    }

    /// - Parameter reason: Why it has failed.
    mutating func note(_ action: CallAction, failed reason: String? = nil) {
        let outcome = reason == nil ? CallActionResult.Outcome.done : .failed
        results.append(CallActionResult(action: action.name.rawValue, outcome: outcome, reason: reason))
    }
}

/// What becomes of a call that is not answered yet.
enum ActionDecision: Sendable {
    /// The actions that follow.
    case answer([CallAction])
    case reject(StatusCode, retryAfter: Int?)
    case route(OnwardCalls.Admission)
    /// To where the fallback leads, as it was asked for.
    case routeAway
    case fallBack(String)
    /// The caller has given up.
    case cancelled
}

/// Before the answer.
extension ActionService {
    /// Asks until it is decided what becomes of the call. Until it rings the fallback's time counts, so that an S-CSCF does
    /// not give up first; from then on the limit of the source.
    func decide(_ core: CallCore, _ context: CallActionContext) async -> (ActionBeginning, ActionDecision) {
        let timeout = configuration.fallback?.engineTimeout ?? .milliseconds(1_500)
        // The decision is made before the time is over, not when it is.
        let early = timeout - min(timeout / 20, .milliseconds(75))
        let limits = configuration.source.decoder.limits
        var beginning = ActionBeginning()
        var kind = CallActionEvent.Kind.incoming
        var rings = false
        while true {
            let event = beginning.next(kind)
            let left = (rings ? limits.timeToAnswer : early) - core.age
            guard left > .zero else { return (beginning, .fallBack("too-late")) }
            let answer = await core.whileCallerWaits { await ask(event, of: context, core, within: left) }
            let actions: [CallAction]
            switch answer {
            case nil: return (beginning, .cancelled)
            case .failure?: return (beginning, .fallBack("no-actions"))
            case .success(let some)?: actions = some
            }
            beginning.actionCount += actions.count
            guard !actions.isEmpty, beginning.actionCount <= limits.actionsInCall else {
                return (beginning, .fallBack("no-actions"))
            }
            for (index, action) in actions.enumerated() {
                switch action {
                case .ring:
                    await core.ring()
                    rings = true
                case .set(let data):
                    beginning.data.merge(data) { $1 }
                case .pause(let time):
                    let left = (rings ? limits.timeToAnswer : early) - core.age
                    guard time < left else { return (beginning, .fallBack("too-late")) }
                    let pause: Void? = await core.whileCallerWaits { try? await Task.sleep(for: time) }
                    guard pause != nil else { return (beginning, .cancelled) }
                case .answer:
                    return (beginning, .answer(Array(actions[(index + 1)...])))
                case .reject(let status, let retryAfter):
                    return (beginning, .reject(status, retryAfter: retryAfter))
                case .route(nil):
                    return (beginning, .routeAway)
                case .route(let target?):
                    guard let admission = await onward.admit(target, for: core) else {
                        return (beginning, .fallBack("target-refused"))
                    }
                    return (beginning, .route(admission))
                case .play, .collect, .record, .transfer, .sendDigits, .hangUp:
                    continue  // The decoder does not let them get here.
                }
                beginning.note(action)
            }
            kind = .finished
        }
    }
}

extension CallCore {
    /// Tells the caller that it rings.
    nonisolated func ring() async {
        await leg.respond(.ringing, chargingContent, reliably: leg.requiresReliableProvisionals)
    }
}
