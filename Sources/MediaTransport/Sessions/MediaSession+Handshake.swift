import Media
import RTP
import Timing

extension MediaSession {
    /// Begins the handshake that an offer and answer have agreed on, unless it is the one that was done already.
    func updateHandshake(at now: MonotonicTime) {
        guard let leg, let agreement = leg.handshake else {
            association = nil
            return
        }
        // On hold without an address there is nobody to shake hands with; the keys stay.
        guard let peer = leg.remoteEndpoint else { return }
        if let association, association.agreement == agreement {
            if association.peer == peer { return }
            leg.restartHandshake()
        }
        association = identity.flatMap { DTLSAssociation($0, agreement, with: peer, at: now) }
        if agreement.role == .active { advanceHandshake(at: now) }
    }

    /// A datagram of DTLS from the RTP socket. Only what comes from the described endpoint counts: a handshake that
    /// somebody else begins must not keep the peer's from being heard.
    func receiveHandshake(_ bytes: Span<UInt8>, from source: IPEndpoint) {
        guard let association, association.peer == source else {
            loop.counters.handshakeDatagramsRefused += 1
            return
        }
        let before = association.state
        association.receive(bytes)
        finishHandshake(after: before)
    }

    /// Repeats what has gone unanswered.
    func advanceHandshake(at now: MonotonicTime) {
        guard let association, association.state == .handshaking else { return }
        association.advance(at: now)
        finishHandshake(after: .handshaking)
    }

    private func finishHandshake(after before: DTLSAssociation.State) {
        guard let association else { return }
        sendHandshake(association)
        guard before == .handshaking else { return }
        switch association.state {
        case .handshaking:
            break
        case .established(let keys):
            do throws(MediaPlaneError) {
                try leg?.completeHandshake(with: keys)
                loop.counters.handshakesCompleted += 1
            } catch {
                handshakeFailed("\(error)")
            }
        case .failed(let failure):
            handshakeFailed("\(failure)")
        }
    }

    private func handshakeFailed(_ reason: String) {
        loop.counters.handshakesFailed += 1
        logger.warning("DTLS handshake failed", metadata: ["error": "\(reason)"])
        emit([.keyAgreementFailed(reason)])
    }

    private func sendHandshake(_ association: DTLSAssociation) {
        guard let sockets else { return }
        var batch = PacketBatch()
        association.takeDatagrams { batch.append($0, to: association.peer, by: .rtp) }
        loop.send(batch, rtp: sockets.rtpSocket, rtcp: sockets.rtcpSocket)
    }
}
