import Timing

/// What is under way, and what follows when it is done.
extension ActionScript {
    mutating func handle(
        _ result: DeedResult,
        of number: Int,
        at now: MonotonicTime,
        into steps: inout [ActionStep]
    ) {
        if filler.deed == number {
            // A tone or a file that is not looped has come to its end.
            filler = Filler()
            filler.quietSince = now
            return
        }
        switch state {
        case .prompting(let name, let prompts, number):
            switch result {
            case .rendered(let path): state = .prompting(name, prompts, deed: play(.path(path), at: now, into: &steps))
            case .failed(let reason):
                filler.quietSince = filler.quietSince ?? now
                fail(CallActionResult(action: name.rawValue, outcome: .failed, reason: reason), at: now, into: &steps)
            case .done:
                filler.quietSince = now
                prompt(name, prompts, at: now, into: &steps)
            }
        case .collecting(let collection, let prompts, number?):
            switch result {
            case .rendered(let path):
                let deed = play(.path(path), at: now, into: &steps)
                state = .collecting(collection, prompts, deed: deed)
            case .failed(let reason):
                filler.quietSince = filler.quietSince ?? now
                let result = CallActionResult(
                    action: CallAction.Name.collect.rawValue, outcome: .failed, reason: reason)
                fail(result, at: now, into: &steps)
            case .done:
                filler.quietSince = now
                collect(collection, prompts, at: now, into: &steps)
            }
        case .performing(let name, number):
            handle(result, of: name, at: now, into: &steps)
        case .rescuing(number, let isTransferring):
            if isTransferring, case .done = result {
                state = .over
                return
            }
            if isTransferring || !policy.hasHuman { return hangUp(Self.nobodyLeads, into: &steps) }
            filler.quietSince = now
            state = .rescuing(deed: perform(.rescue, into: &steps), isTransferring: true)
        default: break
        }
    }

    private mutating func handle(
        _ result: DeedResult,
        of name: CallAction.Name,
        at now: MonotonicTime,
        into steps: inout [ActionStep]
    ) {
        switch result {
        case .done where name == .transfer, .rendered where name == .transfer:
            state = .over
        case .done, .rendered:
            finish(CallActionResult(action: name.rawValue, outcome: .done), at: now, into: &steps)
        case .failed(let reason):
            if name == .transfer { failedTransfer = reason }
            fail(CallActionResult(action: name.rawValue, outcome: .failed, reason: reason), at: now, into: &steps)
        }
    }

    mutating func perform(_ deed: Deed, into steps: inout [ActionStep]) -> Int {
        deedCount += 1
        steps.append(.perform(deed, deedCount))
        return deedCount
    }

    /// Plays what is no filler: that makes way.
    mutating func play(_ sound: Deed.Sound, at now: MonotonicTime, into steps: inout [ActionStep]) -> Int {
        stopFiller(into: &steps)
        filler.quietSince = nil
        return perform(.play(sound), into: &steps)
    }

    mutating func silence(at now: MonotonicTime, into steps: inout [ActionStep]) {
        filler = Filler()
        filler.quietSince = now
        steps.append(.stopPlayback)
    }
}
