import SIP
import SIPTransport

extension AnsweredCall {
    /// Follows the leg of a target until it is over, whether its audio goes through us or only its signalling does. One
    /// that another target has taken the place of is not heard any more.
    func follow(_ other: SIPLeg) async {
        for await event in other.events {
            if let party = parties[other] {
                await handle(event, of: party)
            } else if let bridge, bridge.relay.has(other) {
                await handle(event, ofTarget: other, bridge)
            } else if case .request(let incoming) = event {
                await incoming.respond(.callDoesNotExist)
            }
        }
    }

    private func handle(_ event: SIPLegEvent, ofTarget other: SIPLeg, _ bridge: Bridge) async {
        switch event {
        case .request(let incoming):
            await bridge.forward(incoming, from: other)
        case .acknowledged(let ack):
            await bridge.relay.forwardACK(ack, from: other)
        case .ended(let end):
            await core.note(end.isBye ? "bye-received" : "dialog-lost", "from the target")
            await targetLeft(end)
        case .sessionRefreshDue:
            let description = bridge.relay.description(toldTo: other)
            if let response = try? await other.request(.invite, .sdp(description)), response.status.isSuccess {
                await other.acknowledge()
            }
        case .provisional, .answered, .rejected, .failed, .cancelled:
            break
        }
    }

    private func handle(_ event: SIPLegEvent, of party: RelayedParty) async {
        switch event {
        case .request(let incoming):
            if let bridge, bridge.hasCaller, bridge.relay.has(party.leg) {
                await bridge.forward(incoming, from: party.leg)
            } else {
                await answer(incoming, of: party.leg)
            }
        case .acknowledged(let ack):
            if await !acceptDelayedAnswer(ack, of: party.leg) {
                // The leg's events end with it, so that nobody else tells of its end.
                await party.leg.hangUp()
                await ended(party, .lost)
            }
        case .ended(let end):
            await ended(party, end)
        case .sessionRefreshDue:
            await refreshSession(of: party.leg)
        case .provisional, .answered, .rejected, .failed, .cancelled:
            break
        }
    }
}
