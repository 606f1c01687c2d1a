import IMS
import Media
import SDP
import SIP
import SIPTransport

extension SIPApplicationServer {
    /// Starts a call as an originating application server: INVITE with the served user's identity and a Route to their
    /// S-CSCF with `orig` (TS 24.229 §5.7.3). The service takes over from there.
    ///
    /// - Returns: The Call-ID.
    /// - Throws: ``OutboundCallError``; nothing was sent then.
    public func startCall(_ request: OutboundCallRequest) async throws(OutboundCallError) -> String {
        guard let settings = configuration.outbound else { throw .notConfigured }
        guard let registration = registration(named: request.service),
            let service = registration.service as? any OutboundService
        else { throw .unknownService }
        guard !status.isDraining else { throw .draining }
        guard calls.count + callsBeingStarted < configuration.maximumCalls else { throw .tooManyCalls }
        callsBeingStarted += 1
        defer { callsBeingStarted -= 1 }
        let target: String
        let place: CallPlace
        do throws(PolicyRefusal) {
            let policy = service.quota.policy
            target = try policy.permits(request.target, startedBy: request.starter)
            if let user = request.servedUser, user != settings.servedUser { try policy.permits(servedUser: user) }
            place = try service.quota.begin()
        } catch {
            throw .refused(error)
        }
        guard let hop = Hop(settings.servingCSCF) else { throw .badAddress }
        var invite: SIPRequest
        do throws(SIPParseError) {
            invite = try OriginatingRequest(
                servedUser: request.servedUser ?? settings.servedUser,
                target: target,
                servingCSCF: settings.servingCSCF,
                chargingID: Self.chargingID(),
                network: settings.network
            ).request()
        } catch {
            throw .badAddress
        }
        let session = nextSession("outbound")
        let events = await media.open(session)
        var audio: CallAudio
        do {
            audio = CallAudio(
                address: try await media.allocateLeg(session),
                codecs: configuration.codecs,
                protection: configuration.protection
            )
        } catch {
            await media.release(session)
            throw .media("\(error)")
        }
        invite.body = audio.localDescription()
        invite.headers.set(.contentType, "application/sdp")
        let leg = await stack.invite(invite, to: hop)
        // The entry to the S-CSCF is ours: it is no way back into a chain.
        guard let outgoing = try? ISCRequest(leg.request, isOurs: { _ in true }) else {
            await leg.hangUp()
            await media.release(session)
            throw .badAddress
        }
        let core = CallCore(
            server: self,
            leg: leg,
            request: outgoing,
            session: session,
            service: registration.name,
            exceedsCapacity: false,
            media: (audio, events)
        )
        calls[ObjectIdentifier(core)] = core
        count { $0.callsStarted += 1 }
        spawn(onEventLoop: service.runsOnEventLoop) {
            await core.note("invite", "to \(target), asked for by \(request.starter)")
            do {
                try await service.handle(OutboundCall(core: core, place: place))
            } catch is CallError {
                // Refused or not answered; the record says so.
            } catch {
                await core.serviceFailed(error)
            }
        }
        return core.callID
    }

    /// Ends a call, whatever its state.
    ///
    /// - Returns: Whether there is such a call.
    public func endCall(_ callID: String) async -> Bool {
        guard let call = calls.values.first(where: { $0.callID == callID }) else { return false }
        await call.end(reason: "SIP;cause=200;text=\"Ended by the operator\"")
        return true
    }

    /// The records of the calls under way, as they stand.
    public func recordsUnderWay() async -> [CallRecord] {
        var records: [CallRecord] = []
        for call in Array(calls.values) { records.append(await call.record) }
        return records.sorted { $0.startedAt < $1.startedAt }
    }

    /// The record of a call under way.
    public func recordUnderWay(of callID: String) async -> CallRecord? {
        await calls.values.first { $0.callID == callID }?.record
    }

    private static func chargingID() -> String {
        var random = SystemRandomNumberGenerator()
        return String(random.next(), radix: 16) + String(random.next(), radix: 16)
    }
}
