import Media
import SDP
import SIP

/// Our side of the offers and answers of one leg (RFC 3264).
package struct CallAudio: Sendable {
    private var local: LocalAudio
    /// Our latest description.
    private(set) var description: SessionDescription?
    /// The peer's latest description, as it came.
    private(set) var remoteDescription: [UInt8] = []
    package private(set) var negotiated: NegotiatedAudio?
    private var isOfferOpen = false
    private let usesPreconditions: Bool
    /// Of the peer's latest offer.
    private var preconditions: Preconditions?
    /// The one of our keys that the peer has and uses; `nil` once its media has gone elsewhere.
    private var keyInUse: MediaKey?
    /// Of the session in which the peer was told of somebody else's media before, which goes on; `nil`: of our own.
    private var origin: Origin?

    /// - Parameter usesPreconditions: Whether both sides know RFC 3312; its attributes are ignored otherwise.
    package init(
        address: LocalMediaAddress,
        codecs: [PayloadFormat],
        protection: CallProtection = CallProtection(),
        usesPreconditions: Bool = false
    ) {
        self.usesPreconditions = usesPreconditions
        local = LocalAudio(
            address: address.address,
            rtpPort: address.rtpPort,
            // Unique for the life of the port's lease, which is all that RFC 8866 §5.2 needs of us with our address.
            sessionID: UInt64(address.rtpPort) << 32 | UInt64(truncatingIfNeeded: address.rtcpPort),
            sessionVersion: 1,
            codecs: codecs,
            protection: LocalProtection(
                policy: protection.policy,
                agreements: protection.agreements,
                fingerprint: address.fingerprint
            )
        )
    }

    private init(local: LocalAudio, usesPreconditions: Bool) {
        self.local = local
        self.usesPreconditions = usesPreconditions
    }

    /// What the 200 carries: the answer, or an offer of ours if the INVITE had none.
    package mutating func localDescription() -> [UInt8] {
        if let description, !isOfferOpen { return description.serialized() }
        if local.protection.offersKeys { renewKeys() }
        let offer = inSession(description.map { OfferAnswer.offer(local, after: $0) } ?? OfferAnswer.offer(local))
        description = offer
        isOfferOpen = true
        return offer.serialized()
    }

    /// The same media of ours for a party that has heard nothing of it yet.
    func forAnotherParty(usesPreconditions: Bool) -> CallAudio {
        var audio = CallAudio(local: local, usesPreconditions: usesPreconditions)
        audio.local.sessionVersion += 1
        audio.local.protection.profile = nil
        audio.forgetProtection()
        return audio
    }

    /// A key that the peer uses stays as it is; the others are made anew, so that none ever serves two streams.
    private mutating func renewKeys() {
        local.protection.keys = CryptoSuite.allCases.compactMap { suite in
            keyInUse?.suite == suite ? keyInUse : MediaKey.random(suite)
        }
    }

    /// What protected the media so far protects none of it any more.
    private mutating func forgetProtection() {
        keyInUse = nil
        local.protection.keys = []
        local.protection.role = nil
        local.protection.handshake += 1
    }

    /// Notes what the last offer and answer agreed on.
    private mutating func setNegotiated(_ audio: NegotiatedAudio, in description: SessionDescription) {
        negotiated = audio
        local.protection.profile = description.activeAudio.flatMap { RTPProfile($0.transportProtocol) }
        switch audio.protection {
        case .keys(let keys)?: keyInUse = keys.local
        case .dtls(let agreement)?: local.protection.role = agreement.role
        case nil: forgetProtection()
        }
    }

    /// The next ``localDescription()`` is a new offer of ours, the answer to it comes with ``accept(_:)``.
    package mutating func reoffer() {
        local.sessionVersion += 1
        isOfferOpen = true
    }

    /// The next ``localDescription()`` is an offer of ours in the session that the peer was told of before (RFC 3264 §8).
    ///
    /// - Parameter told: What it was sent last, of somebody else's media.
    mutating func continueSession(after told: [UInt8]) {
        guard let told = try? SessionDescription(parsing: told) else { return }
        description = told
        origin = told.origin
        reoffer()
    }

    private func inSession(_ description: SessionDescription) -> SessionDescription {
        guard var origin else { return description }
        // Ours begins with 1.
        origin.sessionVersion &+= local.sessionVersion &- 1
        var description = description
        description.origin = origin
        return description
    }

    /// Whether our address and the peer's are of one IP version.
    var reachesPeer: Bool {
        guard let negotiated else { return true }
        return negotiated.remoteAddress.utf8.contains(.colon) == local.address.utf8.contains(.colon)
    }

    /// Our media is at another address from now on; the offer after the next ``reoffer()`` names it in the same session.
    mutating func move(to address: LocalMediaAddress) {
        local.address = address.address
        local.rtpPort = address.rtpPort
        local.protection.fingerprint = address.fingerprint
    }

    /// Whether the peer still has to reserve resources before the session may be established.
    var awaitsPreconditions: Bool { preconditions.map { !$0.areMet } ?? false }
    /// Whether the peer insists on a reservation that nobody here can make.
    var cannotMeetPreconditions: Bool { preconditions?.cannotBeMet ?? false }

    /// Our description as it stands, as an offer that only refreshes the session (RFC 4028 §7.4).
    package mutating func refresh() -> [UInt8] {
        isOfferOpen = true
        return description?.serialized() ?? []
    }

    /// Answers an offer of the peer.
    package mutating func answer(_ offer: [UInt8]) throws {
        let parsed = try SessionDescription(parsing: offer)
        if description != nil { local.sessionVersion += 1 }
        if parsed.offersKeys { renewKeys() }
        var (answer, audio) = try OfferAnswer.answer(to: parsed, from: local)
        preconditions = usesPreconditions ? parsed.preconditions : nil
        if let preconditions { answer.appendAudioAttributes(preconditions.answerAttributes) }
        answer = inSession(answer)
        description = answer
        setNegotiated(audio, in: answer)
        remoteDescription = offer
        isOfferOpen = false
    }

    /// Takes the peer's answer to an offer of ours.
    package mutating func accept(_ answer: [UInt8]) throws {
        guard isOfferOpen, let description else { return }
        let parsed = try SessionDescription(parsing: answer)
        setNegotiated(try OfferAnswer.accept(parsed, to: description, local: local), in: parsed)
        remoteDescription = answer
        isOfferOpen = false
    }

    /// Another party's description as our leg's next offer: with our origin, and with no fewer media lines than the
    /// last one had (RFC 3264 §8).
    mutating func relay(_ other: SessionDescription) -> SessionDescription {
        local.sessionVersion += 1
        forgetProtection()
        var relayed = other.relayed(
            as: Origin(sessionID: local.sessionID, sessionVersion: local.sessionVersion, address: local.address)
        )
        if let previous = description?.media, previous.count > relayed.media.count {
            relayed.media += previous[relayed.media.count...].map(\.refused)
        }
        description = relayed
        return relayed
    }

    /// Notes the peer's description after an exchange that we only relayed.
    mutating func setRemoteDescription(_ bytes: [UInt8]) { remoteDescription = bytes }
}

extension SessionDescription {
    /// Whether a stream wants keys in the descriptions (RFC 4568).
    fileprivate var offersKeys: Bool {
        media.contains { RTPProfile($0.transportProtocol)?.keyAgreement == .descriptions }
    }
}
