import SDP
import SRTP

/// What a leg's packets are protected with.
struct LegProtection {
    private enum State {
        case plain
        case keys(SRTPSender, SRTPReceiver, lifetime: UInt64?)
        /// Keys are still to come out of a handshake; until then nothing is sent or taken.
        case waiting
    }

    private var state = State.plain
    /// The handshake that the keys come from.
    private(set) var agreement: DTLSAgreement?

    /// Whether packets may be sent.
    var isReady: Bool {
        if case .waiting = state { false } else { true }
    }

    /// Whether packets that come in have to be authentic.
    var isProtected: Bool {
        if case .plain = state { false } else { true }
    }

    var sender: SRTPSender? {
        if case .keys(let sender, _, _) = state { sender } else { nil }
    }

    var receiver: SRTPReceiver? {
        if case .keys(_, let receiver, _) = state { receiver } else { nil }
    }

    /// What is in force after an offer and its answer. A key that stays keeps its counters (RFC 4568 §7.1.4), and the
    /// keys of a handshake stay as long as the agreement is the same.
    ///
    /// - Throws: ``MediaPlaneError/protection(_:)``.
    func changed(to protection: MediaProtection?) throws(MediaPlaneError) -> LegProtection {
        var next = LegProtection()
        switch protection {
        case nil:
            break
        case .keys(let keys)?:
            next.state = try state(with: keys)
        case .dtls(let agreement)?:
            if agreement == self.agreement { return self }
            next.agreement = agreement
            next.state = .waiting
        }
        return next
    }

    /// Takes the keys of the handshake.
    ///
    /// - Throws: ``MediaPlaneError/protection(_:)``.
    mutating func complete(with keys: AgreedKeys) throws(MediaPlaneError) {
        guard agreement != nil else { return }
        state = try state(with: keys)
    }

    /// Another handshake has to be done with the same peer.
    mutating func restart() {
        if agreement != nil { state = .waiting }
    }

    private func state(with keys: AgreedKeys) throws(MediaPlaneError) -> State {
        do throws(SRTPError) {
            var sender = sender
            var receiver = receiver
            let (ours, theirs) = (try SRTPMasterKey(keys.local), try SRTPMasterKey(keys.remote))
            if sender?.key != ours { sender = try SRTPSender(ours) }
            if receiver?.key != theirs || lifetime != keys.remoteLifetime {
                receiver = try SRTPReceiver(theirs, lifetime: keys.remoteLifetime)
            }
            guard let sender, let receiver else { throw .cryptography }
            return .keys(sender, receiver, lifetime: keys.remoteLifetime)
        } catch {
            throw .protection("\(keys.local.suite.rawValue): \(error)")
        }
    }

    private var lifetime: UInt64? {
        if case .keys(_, _, let lifetime) = state { lifetime } else { nil }
    }
}

extension SRTPMasterKey {
    fileprivate init(_ key: MediaKey) throws(SRTPError) {
        let suite: SRTPSuite =
            switch key.suite {
            case .aeadAES128GCM: .aeadAES128GCM
            case .aeadAES256GCM: .aeadAES256GCM
            case .aesCM128HMACSHA1Tag80: .aesCM128HMACSHA1Tag80
            case .aesCM128HMACSHA1Tag32: .aesCM128HMACSHA1Tag32
            }
        guard let made = SRTPMasterKey(suite, keyAndSalt: key.keyAndSalt) else { throw .cryptography }
        self = made
    }
}
