import SIP
import Timing

/// The actions of a list, one after another.
extension ActionScript {
    /// Begins the next action; asks when there is none.
    mutating func advance(at now: MonotonicTime, into steps: inout [ActionStep]) {
        while !rest.isEmpty {
            let action = rest.removeFirst()
            switch action {
            case .set(let data):
                steps.append(.set(data))
                results.append(CallActionResult(action: action.name.rawValue, outcome: .done))
                continue
            case .play(let prompts): prompt(action.name, prompts, at: now, into: &steps)
            case .collect(let collection):
                collect(DigitCollection(collection), collection.prompt, at: now, into: &steps)
            case .pause(let time):
                stopFiller(into: &steps)
                state = .pausing(until: now + time)
            case .record: state = .performing(.record, deed: perform(.record, into: &steps))
            case .sendDigits(let digits):
                state = .performing(.digits, deed: perform(.sendDigits(digits), into: &steps))
            case .transfer(let transfer):
                state = .performing(.transfer, deed: perform(.transfer(transfer), into: &steps))
            case .hangUp(let words):
                let reason = words.map { ReasonHeader(reasonProtocol: "SIP", text: $0.onOneLine).description }
                hangUp(reason, into: &steps)
            case .ring, .answer, .reject, .route: continue  // The decoder does not let them get here.
            }
            return
        }
        state = .waiting
        if question == nil { askNext(into: &steps) }
    }

    /// Plays the next of several pieces.
    mutating func prompt(
        _ name: CallAction.Name,
        _ prompts: [CallAction.Prompt],
        at now: MonotonicTime,
        into steps: inout [ActionStep]
    ) {
        guard let next = prompts.first else {
            return finish(CallActionResult(action: name.rawValue, outcome: .done), at: now, into: &steps)
        }
        state = .prompting(name, Array(prompts.dropFirst()), deed: begin(next, at: now, into: &steps))
    }

    mutating func collect(
        _ collection: DigitCollection,
        _ prompts: [CallAction.Prompt],
        at now: MonotonicTime,
        into steps: inout [ActionStep]
    ) {
        if let next = prompts.first {
            let deed = begin(next, at: now, into: &steps)
            state = .collecting(collection, Array(prompts.dropFirst()), deed: deed)
        } else {
            var collection = collection
            collection.begin(at: now)
            stopFiller(into: &steps)
            state = .collecting(collection, [], deed: nil)
        }
    }

    private mutating func begin(
        _ prompt: CallAction.Prompt,
        at now: MonotonicTime,
        into steps: inout [ActionStep]
    ) -> Int {
        if case .speech(let speech) = prompt { return perform(.render(speech), into: &steps) }
        return play(.prompt(prompt), at: now, into: &steps)
    }

    mutating func finish(_ result: CallActionResult, at now: MonotonicTime, into steps: inout [ActionStep]) {
        results.append(result)
        switch state {
        // Until here it was the caller's turn, or the silence was wanted.
        case .collecting(_, _, nil), .pausing: filler.quietSince = now
        default: break
        }
        advance(at: now, into: &steps)
    }

    /// The actions behind one that has failed are not done.
    mutating func fail(_ result: CallActionResult, at now: MonotonicTime, into steps: inout [ActionStep]) {
        rest = []
        finish(result, at: now, into: &steps)
    }

    /// Other actions take the place of what is under way.
    mutating func interrupt(at now: MonotonicTime, into steps: inout [ActionStep]) {
        let name: CallAction.Name
        switch state {
        case .prompting(let playing, _, _):
            name = playing
            silence(at: now, into: &steps)
        case .collecting(_, _, let deed):
            name = .collect
            if deed != nil { silence(at: now, into: &steps) }
        case .pausing: name = .pause
        case .performing(let performing, _): name = performing
        case .waiting, .rescuing, .over: return
        }
        results.append(CallActionResult(action: name.rawValue, outcome: .interrupted))
    }
}
