import Media
import SIP
import Timing

/// Carries out what an ``ActionScript`` wants.
extension ActionService {
    /// What the task of a call is woken by.
    private enum Input: Sendable {
        case call(CallEvent)
        case deadline
        case script(ActionInput)
    }

    /// Leads the call until it is over.
    func lead(
        _ call: AnsweredCall,
        by actions: [CallAction],
        after beginning: ActionBeginning,
        _ context: CallActionContext
    ) async {
        let server = call.core.server
        let (inputs, continuation) = AsyncStream.makeStream(of: Input.self)
        var alarm = Alarm(server.stack.eventLoop) { continuation.yield(.deadline) }
        var script = ActionScript(
            policy,
            sequence: beginning.sequence,
            results: beginning.results,
            actionCount: beginning.actionCount,
            at: server.now
        )
        var end = CallEnd.lost
        await call.keep(beginning.data)
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await event in call.events { continuation.yield(.call(event)) }
                continuation.finish()
            }
            var steps: [ActionStep] = []
            script.start(actions, at: server.now, into: &steps)
            await carryOut(steps, in: call, context, &group, continuation)
            alarm.set(to: script.nextDeadline, at: server.now)
            following: for await input in inputs {
                let now = server.now
                steps.removeAll(keepingCapacity: true)
                switch input {
                case .call(.ended(let cause)):
                    end = cause
                    break following
                case .call(.media(let event)): script.handle(.media(event), at: now, into: &steps)
                case .call(.held(let isHeld)): script.handle(.held(isHeld), at: now, into: &steps)
                case .call: break
                case .script(let input): script.handle(input, at: now, into: &steps)
                case .deadline: alarm.hasFired()
                }
                script.handleDeadlines(at: now, into: &steps)
                if !steps.isEmpty { await carryOut(steps, in: call, context, &group, continuation) }
                alarm.set(to: script.nextDeadline, at: now)
            }
            alarm.set(to: nil, at: server.now)
            group.cancelAll()
        }
        await tell(script.ended(end.word), of: context)
    }

    private var policy: ActionScript.Policy {
        var policy = ActionScript.Policy()
        policy.filler = configuration.filler
        policy.limits = configuration.source.decoder.limits
        policy.announcement = configuration.announcement
        policy.hasHuman = configuration.fallback?.uri != nil
        policy.maximumDuration = configuration.maximumDuration
        return policy
    }

    // MARK: Steps

    private func carryOut(
        _ steps: [ActionStep],
        in call: AnsweredCall,
        _ context: CallActionContext,
        _ group: inout DiscardingTaskGroup,
        _ inputs: AsyncStream<Input>.Continuation
    ) async {
        for step in steps {
            switch step {
            case .ask(let event):
                group.addTask {
                    let answer = await ask(event, of: context, call.core)
                    inputs.yield(.script(.answer(sequence: event.sequence, answer)))
                }
            case .perform(.play(let sound), let number):
                // Begun here, so that a later stop comes after it.
                if let fault = await begin(sound, in: call) {
                    await call.note("playback-failed", fault)
                    inputs.yield(.script(.done(number, .failed(fault))))
                } else {
                    group.addTask {
                        await call.drainPlayback(atMost: .seconds(86_400))
                        inputs.yield(.script(.done(number, .done)))
                    }
                }
            case .perform(let deed, let number):
                group.addTask { inputs.yield(.script(.done(number, await perform(deed, in: call)))) }
            case .stopPlayback:
                await call.stopPlayback()
            case .set(let data):
                await call.keep(data)
            case .abandoned(let reason):
                await call.note("abandoned", reason)
                await call.core.server.count { $0.fallbacks += 1 }
            case .hangUp(let reason):
                await call.hangUp(reason: reason)
            }
        }
    }

    /// - Returns: Why it cannot be heard, in words.
    private func begin(_ sound: Deed.Sound, in call: AnsweredCall) async -> String? {
        do {
            switch sound {
            case .prompt(.file(let name)):
                guard let path = configuration.files?.path(of: name) else { return "no folder of files" }
                try await call.play(file: path)
            case .prompt(.tone(let tone, let time)):
                try await call.play(tone: tone, for: time)
            case .prompt(.speech):
                return "not rendered"
            case .path(let path):
                try await call.play(file: path)
            case .filler(let filler):
                await call.note("filler")
                try await begin(filler, in: call)
            }
            return nil
        } catch MediaPlaneError.file(_, let reason) {
            // Not the path: that is no business of the program outside.
            return reason
        } catch {
            return "\(error)"
        }
    }

    /// Whatever comes of its file, the caller hears something.
    private func begin(_ filler: FillerStep.Sound, in call: AnsweredCall) async throws {
        if case .file(let path, let isLooped) = filler {
            var options = PlaybackOptions.filler
            options.isLooped = isLooped
            do {
                return try await call.play(file: path, options)
            } catch {
                await call.note("filler-failed", "\(error)")
            }
        }
        try await call.play(tone: .waiting, for: .seconds(75))
    }

    private func perform(_ deed: Deed, in call: AnsweredCall) async -> DeedResult {
        do {
            switch deed {
            case .play: return .done
            case .render(let speech): return await render(speech, in: call)
            case .sendDigits(let digits): try await call.sendDigits(digits)
            case .record:
                guard let directory = configuration.recordingDirectory else { return .failed("not-configured") }
                try await call.record(into: directory, as: configuration.recordingLayout)
            case .transfer(let transfer):
                if let reason = await self.transfer(transfer, in: call) { return .failed(reason) }
            case .rescue:
                if let reason = await rescue(call) { return .failed(reason) }
            }
            return .done
        } catch {
            await call.note("action-failed", "\(error)")
            return .failed("not-possible")
        }
    }

    private func render(_ speech: CallAction.Speech, in call: AnsweredCall) async -> DeedResult {
        guard let renderer = configuration.speech else { return .failed("no-voice") }
        do throws(SpeechFailure) {
            return .rendered(path: try await renderer.file(saying: speech))
        } catch {
            await call.note("speech-failed", "\(error)")
            return .failed("no-speech")
        }
    }
}

extension AnsweredCall {
    /// Findings for whoever takes the call over.
    func keep(_ data: [String: String]) { findings.merge(data) }
}

extension CallEnd {
    /// A constant word.
    fileprivate var word: String {
        switch self {
        case .callerHungUp: "caller-hung-up"
        case .hungUp: "hung-up"
        case .transferred: "transferred"
        case .lost: "lost"
        }
    }
}
