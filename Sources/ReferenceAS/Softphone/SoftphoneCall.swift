import ApplicationServer
import Media
import NIOCore
import SDP
import SIP
import SIPTransport

/// One call of a softphone, either side.
actor SoftphoneCall {
    nonisolated let phone: Softphone
    nonisolated let leg: SIPLeg
    nonisolated let session: MediaSessionID
    private var audio: CallAudio?

    init(phone: Softphone, leg: SIPLeg, session: MediaSessionID, audio: CallAudio? = nil) {
        self.phone = phone
        self.leg = leg
        self.session = session
        self.audio = audio
    }

    var codec: String? { audio?.negotiated?.codec.encodingName }

    // MARK: As callee

    /// Answers an offer with 200.
    func accept(_ offer: [UInt8], record: String?) async throws {
        _ = await phone.media.open(session)
        let address = try await phone.media.allocateLeg(session)
        var audio = CallAudio(
            address: address, codecs: phone.configuration.codecs, protection: phone.configuration.protection)
        if !offer.isEmpty { try audio.answer(offer) }
        if let record { try await phone.media.record(session, received: record, sent: nil) }
        if let negotiated = audio.negotiated { try await phone.media.setRemote(session, to: negotiated) }
        let description = audio.localDescription()
        self.audio = audio
        await leg.respond(.ok, .sdp(description))
    }

    func followUntilEnd() async {
        for await event in leg.events { _ = await handle(event) }
    }

    // MARK: As caller

    /// Takes the answer of the 200 and acknowledges it.
    func accept(answer: [UInt8]) async throws {
        await leg.acknowledge()
        try audio?.accept(answer)
        if let negotiated = audio?.negotiated { try await phone.media.setRemote(session, to: negotiated) }
    }

    // MARK: In the call

    /// - Returns: A line for the timeline, if the event is worth one.
    func handle(_ event: SIPLegEvent) async -> String? {
        switch event {
        case .request(let incoming):
            return await answer(incoming)
        case .acknowledged(let ack):
            guard !ack.body.isEmpty else { return nil }
            try? audio?.accept(ack.body)
            if let negotiated = audio?.negotiated { try? await phone.media.setRemote(session, to: negotiated) }
            return nil
        case .sessionRefreshDue:
            return await refreshSession()
        case .ended(.bye(let bye)):
            return bye.headers.first(.reason).map { "BYE received (\($0))" } ?? "BYE received"
        case .ended:
            return "dialog lost"
        case .provisional, .answered, .rejected, .failed, .cancelled:
            return nil
        }
    }

    /// - Returns: A line for the timeline.
    private func refreshSession() async -> String? {
        guard let offer = audio?.refresh(), let response = try? await leg.request(.invite, .sdp(offer)) else {
            return nil
        }
        if response.status.isSuccess {
            await leg.acknowledge()
            try? audio?.accept(response.body)
        }
        return "session refreshed: \(response.status)"
    }

    private func answer(_ incoming: InDialogRequest) async -> String? {
        let request = incoming.request
        guard request.method == .invite || request.method == .update, var changed = audio else {
            await incoming.respond(request.method == .info || request.method == .options ? .ok : .notImplemented)
            return "\(request.method) received"
        }
        do {
            if request.body.isEmpty {
                changed.reoffer()
            } else {
                try changed.answer(request.body)
                if let negotiated = changed.negotiated {
                    try await phone.media.setRemote(session, to: negotiated)
                }
            }
            let description = changed.localDescription()
            audio = changed
            await incoming.respond(.ok, .sdp(description))
            let place = changed.negotiated.map { "media now \($0.remoteAddress):\($0.remotePort)" } ?? ""
            return "re-\(request.method) received, \(place)"
        } catch {
            await incoming.respond(.notAcceptableHere)
            return "re-\(request.method) refused: \(error)"
        }
    }

    @discardableResult
    func release() async -> MediaSessionReport? { await phone.media.release(session) }
}
