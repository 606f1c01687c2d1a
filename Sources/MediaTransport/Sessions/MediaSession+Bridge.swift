import Codecs
import Media
import NIOCore
import VoiceEngine

/// Another session whose leg hears this one's.
struct SessionBridge {
    weak var other: MediaSession?
    /// Of what the other leg has heard: counts up when something of it was left out.
    var turn: UInt64 = 0

    var turnID: EngineTurnID { EngineTurnID("leg-\(turn)") }
}

/// Two legs that hear one another. The sessions may be on different loops.
extension MediaSession {
    /// Wide enough for every codec but Opus in full band, which people on two telephones do not miss.
    private static let bridgeFormat = AudioFormat.pcm16(rate: 16_000)

    func bridge(with other: MediaSession) throws(MediaPlaneError) {
        guard let leg, !isReleased else { throw .unknownSession }
        guard bridge?.other !== other else { return }
        disconnectEngine()
        try leg.attachLeg(Self.bridgeFormat)
        bridge = SessionBridge(other: other)
    }

    /// - Returns: The session that this one was bridged with.
    func unbridge() -> MediaSession? {
        let other = bridge?.other
        bridge = nil
        leg?.detachLeg()
        return other
    }

    /// Ends the bridge only if it is the one with `other`.
    func unbridge(from other: MediaSession) {
        if bridge?.other === other { _ = unbridge() }
    }

    /// Gives what this leg has heard to the other one.
    func passToBridge(_ audio: [UInt8]) {
        guard let other = bridge?.other else { return }
        if other.loop === loop {
            other.hear(audio, from: self)
        } else {
            other.loop.eventLoop.execute { other.hear(audio, from: self) }
        }
    }

    private func hear(_ audio: [UInt8], from session: MediaSession) {
        guard let leg, bridge?.other === session, let turn = bridge?.turnID else { return }
        if leg.playLegAudio(audio.span, of: turn, at: MediaLoop.now) { bridge?.turn += 1 }
    }
}
