import SIP
import VoiceEngine

extension AssistantService {
    /// The engine is gone in the middle of the call: the caller goes to a person, not into silence. The first who takes
    /// the call gets it; when nobody does, the caller is told so.
    ///
    /// The targets are the operator's, so that no policy is asked, and the quota counts the call but cannot refuse it: the
    /// caller has been answered, and an engine that fails for all of them would use up what is meant for its own requests.
    func rescue(_ call: AnsweredCall) async {
        let settings = configuration.fallback?.rescue ?? RescueSettings()
        if let uri = configuration.fallback?.uri {
            await call.core.server.count { $0.callersRescued += 1 }
            let place = quota.take()
            await call.hold(place)
            do {
                let handOver = await call.handOver(reason: "engine-lost")
                try await call.transfer(rescuePlan(uri, settings), handOver: keep(handOver, of: call))
                return
            } catch {
                place.giveBack()
            }
        }
        guard await !call.hasEnded else { return }
        if let announcement = settings.announcement {
            do {
                try await call.play(file: announcement)
                await call.drainPlayback(atMost: .seconds(60))
            } catch {
                await call.note("announcement-failed", "\(error)")
            }
        }
        await call.hangUp(reason: "SIP;cause=503;text=\"Engine lost\"")
    }

    /// The call ends with the target: there is no engine to come back to.
    private func rescuePlan(_ uri: String, _ settings: RescueSettings) -> TransferPlan {
        // Without us in the call at all nobody would be left to rescue the caller when it fails.
        let ways = [TransferMethod.reinvite] + configuration.transfer.ways.filter { $0 == .relay }
        var plan = configuration.transfer.plan([], ways: ways)
        plan.targets = ([RescueSettings.Target(uri)] + settings.next).map { target in
            TransferPlan.Target(.direct(target.uri), ringTime: target.ringTime ?? settings.ringTime)
        }
        return plan
    }

    /// Carries out a function call for a transfer.
    ///
    /// - Returns: Whether the conversation with the engine is over.
    func transfer(_ tool: EngineToolCall, in call: AnsweredCall) async -> Bool {
        let request = AssistantTool.transferRequest(in: tool.arguments)
        guard let refusal = await transfer(request, in: call) else { return true }
        let output = JSONWriter.object { json in
            json.member("error", refusal.words)
            json.member("reason", refusal.reason)
        }
        await call.send(
            .toolResult(id: tool.id, output: String(decoding: output, as: UTF8.self), continueTurn: true)
        )
        return false
    }

    /// Carries out a transfer that the engine asks for by its dialect.
    ///
    /// - Returns: Whether the conversation with the engine is over.
    func transfer(requested request: EngineTransferRequest, in call: AnsweredCall) async -> Bool {
        guard let refusal = await transfer(request, in: call) else { return true }
        await call.send(.context("The transfer did not happen: \(refusal.words)."))
        await call.send(.startTurn(instructions: nil))
        return false
    }

    /// Why a transfer did not happen, for the engine.
    fileprivate struct TransferRefusal {
        let words: String
        /// A constant word, or a SIP status.
        let reason: String
    }

    private func transfer(_ request: EngineTransferRequest, in call: AnsweredCall) async -> TransferRefusal? {
        let targets: [String]
        let place: CallPlace
        do throws(PolicyRefusal) {
            targets = try await self.targets(of: request, in: call)
            place = try quota.begin()
        } catch {
            await call.core.server.count { $0.transfersForbidden += 1 }
            await call.note("transfer-refused", "\(error.rawValue): \((request.target ?? "").onOneLine.cut(to: 256))")
            return TransferRefusal(words: error.words, reason: error.rawValue)
        }
        await call.hold(place)
        var handOver = await call.handOver(reason: request.reason ?? "transfer", variables: request.variables)
        handOver.engineHeaders = request.headers
        await call.drainPlayback(atMost: .seconds(30))
        do {
            var plan = configuration.transfer.plan(targets)
            plan.afterTarget = configuration.transfer.afterTarget
            try await call.transfer(plan, handOver: keep(handOver, of: call))
            return nil
        } catch {
            place.giveBack()
            return TransferRefusal(error)
        }
    }

    /// The target that is asked for and those after it.
    private func targets(
        of request: EngineTransferRequest,
        in call: AnsweredCall
    ) async throws(PolicyRefusal) -> [String] {
        let policy = quota.policy
        guard await call.countTransfer() <= policy.maximumTransfers else { throw .tooManyTransfers }
        // Without a word from the engine it is the first of those that are tried anyway.
        guard let wanted = request.target ?? configuration.transfer.next.first else { throw .unknownTarget }
        return policy.targets([try policy.permits(wanted)], then: configuration.transfer.next)
    }

    /// Keeps what is handed over for agents' desktops.
    func keep(_ handOver: HandOver, of call: AnsweredCall) -> HandOverWriter {
        call.core.server.keep(handOver, as: configuration.handOver)
    }
}

extension AssistantService.TransferRefusal {
    fileprivate init(_ error: any Error) {
        switch error as? CallError {
        case .refused(486), .refused(600):
            self.init(words: "the target is busy", reason: "busy")
        case .refused(603):
            self.init(words: "the target declined", reason: "declined")
        case .refused(let status):
            self.init(words: "the target cannot be reached", reason: "sip-\(status)")
        case .noAnswer:
            self.init(words: "the target did not answer", reason: "no-answer")
        case .callerGone:
            self.init(words: "the caller has hung up", reason: "caller-gone")
        default:
            self.init(words: "the target cannot be reached", reason: "unreachable")
        }
    }
}

extension SIPApplicationServer {
    /// Keeps what is handed over where ``handOvers`` has it, and gives the writer that puts it into messages.
    nonisolated func keep(_ handOver: HandOver, as format: HandOverFormat) -> HandOverWriter {
        let writer = HandOverWriter(handOver, format)
        handOvers.store(writer.json(), callID: handOver.callID)
        return writer
    }
}
