import Codecs
import EngineTransport
import Logging
import Media
import NIOCore
import VoiceEngine

/// The engine that the session's leg speaks with.
extension MediaSession {
    var hasEngine: Bool { link?.connection?.isOpen == true }

    func connectEngine(
        to endpoint: EngineEndpoint,
        with settings: EngineSessionConfiguration,
        within limit: Duration
    ) -> EventLoopFuture<Void> {
        guard !isReleased else { return loop.eventLoop.makeFailedFuture(EngineConnectError.sessionReleased) }
        // The leg has one to speak with.
        _ = unbridge()
        disconnectEngine()
        let link: EngineLink
        do {
            link = try makeLink(format: settings.audioFormat)
        } catch {
            return loop.eventLoop.makeFailedFuture(EngineConnectError.protocolViolation("\(error)"))
        }
        let connecting = EngineConnection.begin(
            to: endpoint, with: settings, within: limit, on: loop.eventLoop, logger: logger, handler: link
        )
        link.connecting = connecting
        return connecting.connection.flatMapThrowing { connection in
            link.connecting = nil
            guard !self.isReleased, self.link === link else {
                connection.close()
                throw EngineConnectError.sessionReleased
            }
            link.connection = connection
        }.flatMapErrorThrowing { error in
            link.connecting = nil
            if self.link === link { self.detachEngine() }
            throw error
        }
    }

    /// From now on what this link hands on is the engine's; a former link is not listened to any more.
    func makeLink(format: AudioFormat) throws(MediaPlaneError) -> EngineLink {
        let formats = EngineAudioFormats(both: format)
        if let leg { try leg.attachEngine(formats) }
        engineFormats = formats
        let made = EngineLink(session: self)
        link = made
        return made
    }

    func send(_ command: EngineCommand) {
        guard let connection = link?.connection else { return }
        connection.send(command)
        // What is queued of the turn is not heard either.
        if case .cancelTurn = command { interrupt { connection.send($0) } }
    }

    func disconnectEngine() {
        link?.close()
        if link?.connection == nil { link = nil }
        leg?.detachEngine()
    }

    func detachEngine() {
        link = nil
        engineFormats = nil
        leg?.detachEngine()
    }

    func engine(_ link: EngineLink, didSend audio: Span<UInt8>, of turn: EngineTurnID) {
        guard link === self.link else { return }
        loop.counters.engineOctetsReceived += UInt64(audio.count)
        var made: [MediaSessionEvent] = []
        leg?.playEngineAudio(audio, of: turn, at: MediaLoop.now, events: &made)
        emit(made)
    }

    /// - Parameter answer: Sends a command on the connection that the event came from.
    func engine(_ link: EngineLink, didEmit event: EngineEvent, answer: (EngineCommand) -> Void) {
        guard link === self.link else { return }
        switch event {
        case .userSpeechStarted:
            if configuration.leg.bargeIn != .local { interrupt(answer) }
        case .interrupted:
            interrupt(answer)
        case .turnEnded(let turn, _):
            leg?.endTurn(turn)
        case .closed:
            detachEngine()
        default:
            break
        }
        emit(.engine(event))
    }

    func engine(_ link: EngineLink, didSet mark: EngineMark, of turn: EngineTurnID?) {
        guard link === self.link else { return }
        // Without a leg nothing is played, and what came was dropped.
        guard let leg else { return link.connection?.send(.markReached(mark, .cleared)) ?? () }
        leg.set(mark, of: turn)
        if let connection = link.connection { settleMarks(connection) }
    }

    /// The engine gives or takes audio in another format from now on.
    func engine(_ link: EngineLink, changes formats: (inout EngineAudioFormats) -> Void) {
        guard link === self.link, var changed = engineFormats else { return }
        formats(&changed)
        guard changed != engineFormats else { return }
        do throws(MediaPlaneError) {
            try leg?.attachEngine(changed)
            engineFormats = changed
        } catch {
            emit(.engine(.error(EngineFault(code: "unsupported-format", message: "\(error)", isRecoverable: false))))
        }
    }

    /// Tells an engine what became of its turns.
    func tell(_ connection: EngineConnection, of events: [MediaSessionEvent]) {
        for event in events {
            switch event {
            case .turnSent(let turn, _): connection.send(.playbackStarted(turn))
            case .turnPlayed(let turn): connection.send(.playbackFinished(turn))
            default: break
            }
        }
    }

    func settleMarks(_ connection: EngineConnection) {
        for settled in leg?.takeSettledMarks() ?? [] {
            connection.send(.markReached(settled.mark, settled.state))
        }
    }

    /// Drops what the engine has said and was not sent, and tells it how much was.
    private func interrupt(_ answer: (EngineCommand) -> Void) {
        for cut in leg?.interrupt() ?? [] {
            emit(.bargeIn(cut.turn, playedMilliseconds: cut.playedMilliseconds))
            answer(.playedUpTo(cut.turn, milliseconds: cut.playedMilliseconds))
        }
    }
}
