import Codecs
import Logging
import NIOCore
import NIOWebSocket
import VoiceEngine

/// A session with an AI engine over a WebSocket.
///
/// Confined to ``eventLoop``: every method must be called there, and checks that it is. That is what makes
/// `@unchecked Sendable` right.
public final class EngineConnection: @unchecked Sendable {
    private enum Phase {
        /// The WebSocket is open and the session is being set up.
        case settingUp(EngineConnectAttempt)
        case open
        case closed
    }

    /// Octets of memory that is kept between two messages with audio.
    private static let keptAudio = 64 * 1_024

    public let eventLoop: any EventLoop
    /// Audio that was thrown away because the engine did not take it in time.
    public private(set) var droppedAudioBytes = 0

    private let handler: any EngineConnectionHandler
    private let logger: Logger
    private var session: any EngineSession
    private(set) var socket: WebSocketConnection?
    private var phase: Phase
    private var frame: [UInt8] = []
    private var audio: [UInt8] = []
    private var timer: RepeatedTask?

    init(
        session: any EngineSession,
        attempt: EngineConnectAttempt,
        eventLoop: any EventLoop,
        logger: Logger,
        handler: any EngineConnectionHandler
    ) {
        self.session = session
        self.phase = .settingUp(attempt)
        self.eventLoop = eventLoop
        self.logger = logger
        self.handler = handler
    }

    /// Opens a connection and sets up the session.
    ///
    /// Nothing stays behind on failure: no socket, no timer, no event.
    ///
    /// - Parameters:
    ///   - allowed: For name resolution, TCP, TLS, the WebSocket handshake and the session set-up together.
    ///   - eventLoop: Where the connection lives and `handler` is called.
    /// - Returns: The connection, ready for audio; or an `EngineConnectError`.
    public static func connect(
        to endpoint: EngineEndpoint,
        with configuration: EngineSessionConfiguration,
        within allowed: Duration,
        on eventLoop: any EventLoop,
        logger: Logger,
        handler: any EngineConnectionHandler
    ) -> EventLoopFuture<EngineConnection> {
        begin(
            to: endpoint, with: configuration, within: allowed, on: eventLoop, logger: logger, handler: handler
        ).connection
    }

    /// As ``connect(to:with:within:on:logger:handler:)``, for who may not want the connection any more before it is there.
    public static func begin(
        to endpoint: EngineEndpoint,
        with configuration: EngineSessionConfiguration,
        within allowed: Duration,
        on eventLoop: any EventLoop,
        logger: Logger,
        handler: any EngineConnectionHandler
    ) -> EngineConnecting {
        let promise = eventLoop.makePromise(of: EngineConnection.self)
        let attempt = EngineConnectAttempt(
            endpoint: endpoint,
            configuration: configuration,
            allowed: allowed,
            logger: logger,
            handler: handler,
            promise: promise
        )
        if eventLoop.inEventLoop {
            attempt.start()
        } else {
            eventLoop.execute { attempt.start() }
        }
        return EngineConnecting(attempt: attempt, connection: promise.futureResult)
    }

    public var isOpen: Bool {
        eventLoop.preconditionInEventLoop()
        if case .open = phase { return socket?.isOpen == true }
        return false
    }

    /// Sends audio of the caller in the format of the session. While the engine is more than about 400 ms behind it
    /// is thrown away and counted.
    public func sendAudio(_ bytes: Span<UInt8>) {
        guard isOpen, let socket else { return }
        guard socket.isWritable else {
            droppedAudioBytes += bytes.count
            return
        }
        var message = frame  // Taken out, so that it is used again without a copy.
        frame = []
        message.removeAll(keepingCapacity: true)
        if session.appendAudio(bytes, into: &message) {
            if session.sendsBinaryAudio { socket.send(binary: message.span) } else { socket.send(text: message.span) }
        }
        frame = message
    }

    public func send(_ command: EngineCommand) {
        guard isOpen else { return }
        var outputs: [EngineSessionOutput] = []
        session.handle(command, into: &outputs)
        carryOut(outputs)
    }

    /// Ends the session: tells the engine why in the words of its dialect and closes the connection. May be called at
    /// any time and more than once. `.closed(.local)` follows within a second.
    public func close(_ reason: EngineEndReason = .completed) {
        eventLoop.preconditionInEventLoop()
        send(.end(reason))
        socket?.close()
    }

    func begin(_ socket: WebSocketConnection) {
        self.socket = socket
        var outputs: [EngineSessionOutput] = []
        session.start(into: &outputs)
        carryOut(outputs)
        guard let interval = session.timerInterval, socket.isOpen else { return }
        timer = eventLoop.scheduleRepeatedTask(initialDelay: TimeAmount(interval), delay: TimeAmount(interval)) {
            [weak self] _ in self?.timerFired()
        }
    }

    private func timerFired() {
        guard socket?.isOpen == true else { return }
        var outputs: [EngineSessionOutput] = []
        session.timerFired(into: &outputs)
        carryOut(outputs)
    }

    private func carryOut(_ outputs: [EngineSessionOutput]) {
        for output in outputs {
            // A handler may have closed the connection while it took the output before this one.
            guard let socket, socket.isOpen else { return }
            switch output {
            case .send(let message): socket.send(text: message.span)
            case .sendBinary(let message): socket.send(binary: message.span)
            case .mark(let mark, let turn): handler.engine(self, didSet: mark, of: turn)
            case .inputFormat(let format):
                socket.setWriteBufferWaterMark(format.writeBufferWaterMark)
                handler.engine(self, takes: format)
            case .outputFormat(let format): handler.engine(self, sends: format)
            case .audio(let turn, let bytes): handler.engine(self, didSend: bytes.span, of: turn)
            case .event(let event): deliver(event)
            case .violation(let reason):
                if case .settingUp(let attempt) = phase { attempt.fail(.protocolViolation(reason)) }
                socket.violate(reason, .protocolError)
            }
        }
    }

    private func deliver(_ event: EngineEvent) {
        switch (phase, event) {
        case (.settingUp(let attempt), .ready):
            phase = .open
            attempt.succeed(self)
            handler.engine(self, didEmit: .ready)
        case (.settingUp(let attempt), .error(let fault)):
            attempt.fail(.protocolViolation("\(fault.code): \(fault.message)"))
        case (.open, _):
            handler.engine(self, didEmit: event)
        default:
            break
        }
    }
}

extension EngineConnection: WebSocketHandler {
    public func webSocket(_ connection: WebSocketConnection, didReceive text: Span<UInt8>) {
        var audio = audio  // Taken out, so that it is used again without a copy.
        self.audio = []
        audio.removeAll(keepingCapacity: true)
        let turn = session.receiveAudio(text: text, into: &audio)
        if let turn { handler.engine(self, didSend: audio.span, of: turn) }
        if audio.count <= Self.keptAudio { self.audio = audio }
        guard turn == nil else { return }
        var outputs: [EngineSessionOutput] = []
        session.receive(text: text, into: &outputs)
        carryOut(outputs)
    }

    public func webSocket(_ connection: WebSocketConnection, didReceiveBinary data: Span<UInt8>) {
        if session.readsBinaryAsText { return webSocket(connection, didReceive: data) }
        if let turn = session.turn(ofAudio: data) { return handler.engine(self, didSend: data, of: turn) }
        var outputs: [EngineSessionOutput] = []
        session.receive(binary: data, into: &outputs)
        carryOut(outputs)
    }

    public func webSocket(_ connection: WebSocketConnection, didClose reason: EngineCloseReason) {
        let last = phase
        phase = .closed
        socket = nil
        timer?.cancel()
        timer = nil
        if droppedAudioBytes > 0 {
            logger.info(
                "Engine did not keep up with the caller's audio",
                metadata: ["engine.dropped_bytes": "\(droppedAudioBytes)"])
        }
        switch last {
        case .settingUp(let attempt): attempt.fail(reason.connectError)
        case .open: handler.engine(self, didEmit: .closed(reason))
        case .closed: break
        }
    }
}

extension EngineCloseReason {
    /// What a close means while the session is being set up.
    fileprivate var connectError: EngineConnectError {
        switch self {
        case .local: .unreachable("closed by this side before the session was set up")
        case .remote(let code):
            .protocolViolation("closed by the engine with code \(code) before the session was set up")
        case .lost(let reason): .unreachable("the connection was lost before the session was set up: \(reason)")
        case .violation(let reason): .protocolViolation(reason)
        }
    }
}
