import Media
import SDP
import SIP
import SIPTransport
import VoiceEngine

/// A call that the server has started and nobody has answered yet.
public struct OutboundCall: Sendable {
    let core: CallCore
    let place: CallPlace

    public var callID: String { core.callID }

    /// Opens the engine's session while the target rings.
    ///
    /// - Parameter limit: Counted from now.
    public func connectEngine(
        _ endpoint: EngineEndpoint,
        _ configuration: EngineSessionConfiguration,
        within limit: Duration
    ) async throws(EngineConnectError) {
        try await core.connectEngine(endpoint, configuration, within: limit)
    }

    /// Waits for the target's answer.
    ///
    /// - Throws: ``CallError``; nothing is left of the call then.
    public func answered() async throws -> AnsweredCall {
        let call = try await core.awaitAnswer()
        await call.hold(place)
        return call
    }
}

extension CallCore {
    /// Waits until the leg that we call is answered, and takes the call.
    func awaitAnswer() async throws -> AnsweredCall {
        let watch = RingWatch(over: leg, server)
        await watch.start()
        // A 2xx need not repeat what a reliable provisional response has said (RFC 6337 §2.2).
        var described: [UInt8] = []
        for await event in leg.events {
            switch event {
            case .provisional(let response):
                await watch.heard()
                if response.isReliableProvisional {
                    described = response.sessionDescription ?? described
                    server.spawn { [leg] in _ = try? await leg.acknowledgeProvisional(response) }
                }
                if response.status > .trying { note("\(response.status)") }
            case .answered(let response):
                await watch.finish()
                await leg.acknowledge()
                return try await begin(response.sessionDescription ?? described)
            case .rejected(let response):
                await watch.finish()
                let hasGivenUp = await watch.hasGivenUp || isEndedByOperator
                if !hasGivenUp { note("refused", "\(response.status)") }
                await close(hasGivenUp ? .cancelled : .rejected)
                throw hasGivenUp ? CallError.noAnswer : .refused(response.status.rawValue)
            case .failed:
                await watch.finish()
                note("no-answer")
                await close(.failed)
                throw CallError.noAnswer
            case .request(let incoming):
                await incoming.answerWhileRinging()
            case .cancelled, .acknowledged, .ended, .sessionRefreshDue:
                break
            }
        }
        await watch.finish()
        await close(.cancelled)
        throw CallError.noAnswer
    }

    /// Takes the target's description; a call without one that we can use is hung up.
    private func begin(_ description: [UInt8]) async throws -> AnsweredCall {
        do {
            guard let call = try await takeAnswer(description) else { throw CallError.media("the media is gone") }
            return call
        } catch {
            note("answer-refused", "\(error)")
            await leg.hangUp(MessageContent(headers: Self.reason("SIP;cause=488;text=\"Not Acceptable Here\"")))
            await close(.failed)
            throw CallError.notAcceptable("\(error)")
        }
    }

    private func close(_ outcome: CallRecord.Outcome) async {
        setOutcome(outcome)
        await release()
    }

    private static func reason(_ text: String) -> SIPHeaders {
        var headers = SIPHeaders()
        headers.append(.reason, text)
        return headers
    }

    /// Hangs up on the caller, and on who the call was carried to.
    func hangUp(_ content: MessageContent = .empty) async {
        // Nobody else is called in the place of a party that rings.
        hasCallerLeft = true
        guard let relay else { return await currentLeg.hangUp(content) }
        await relay.first.hangUp(content)
        await relay.second.hangUp(content)
    }

    /// Gives up a call that rings, or hangs up one that is answered.
    func end(reason: String) async {
        note("ended-by-operator")
        isEndedByOperator = true
        if let answered {
            await answered.hangUp(reason: reason)
        } else {
            setOutcome(.cancelled)
            await hangUp(MessageContent(headers: Self.reason(reason)))
        }
    }
}
