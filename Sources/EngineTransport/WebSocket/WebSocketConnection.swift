import NIOCore
import NIOWebSocket
import VoiceEngine

/// One end of an open WebSocket connection (RFC 6455), text messages only.
///
/// It answers pings, sends its own, puts fragments together, and ends the socket within
/// ``WebSocketConnectionOptions/closeTimeout`` of a close, whatever the peer does.
///
/// Confined to ``eventLoop``: every method but ``eventLoop`` itself must be called there, and checks that it is. That
/// is what makes `@unchecked Sendable` right.
public final class WebSocketConnection: @unchecked Sendable {
    public enum Role: Sendable {
        case client, server
    }

    private enum State {
        case open
        /// A close frame was sent or answered; the socket is about to end for this reason.
        case closing(EngineCloseReason)
        case closed
    }

    public let eventLoop: any EventLoop
    let channel: any Channel
    let closer: SocketCloser
    private let role: Role
    private let options: WebSocketConnectionOptions
    private var handler: (any WebSocketHandler)?
    private var context: ChannelHandlerContext?
    private var state = State.open
    private var assembly: FragmentAssembly
    private var pings: RepeatedTask?
    private var isPingUnanswered = false
    private var closeDeadline: Scheduled<Void>?
    private var isFlushScheduled = false

    init(
        channel: any Channel,
        closer: SocketCloser,
        role: Role,
        options: WebSocketConnectionOptions,
        handler: any WebSocketHandler
    ) {
        self.channel = channel
        self.eventLoop = channel.eventLoop
        self.closer = closer
        self.role = role
        self.options = options
        self.handler = handler
        self.assembly = FragmentAssembly(
            maximumSize: options.maximumMessageSize, maximumFragments: options.maximumFragments)
    }

    public var isOpen: Bool {
        eventLoop.preconditionInEventLoop()
        if case .open = state { return true }
        return false
    }

    /// Whether the socket keeps up with what is sent.
    public var isWritable: Bool {
        eventLoop.preconditionInEventLoop()
        return channel.isWritable
    }

    /// Sends one text message. What is sent in one go of the event loop leaves in one write.
    public func send(text: Span<UInt8>) {
        guard isOpen else { return }
        var buffer = channel.allocator.buffer(capacity: text.count)
        buffer.reserveCapacity(text.count)
        text.withUnsafeBufferPointer { bytes in
            _ = unsafe buffer.writeBytes(bytes)
        }
        write(.text, buffer)
        scheduleFlush()
    }

    /// Closes: our close frame, then the socket. Nothing more is received.
    public func close(code: WebSocketErrorCode = .normalClosure) {
        guard isOpen else { return }
        beginClosing(.local, code)
    }

    /// Ends the connection with a reset instead of a close handshake.
    public func abort() {
        eventLoop.preconditionInEventLoop()
        if case .open = state { state = .closing(.local) }
        closer.reset()
    }

    /// Stops or resumes taking bytes from the socket.
    public func setReading(_ isReading: Bool) {
        eventLoop.preconditionInEventLoop()
        try? channel.syncOptions?.setOption(.autoRead, value: isReading)
    }

    // MARK: - From the pipeline

    func attach(_ context: ChannelHandlerContext) {
        self.context = context
        guard let interval = options.pingInterval else { return }
        pings = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in
            self?.pingDue()
        }
    }

    func receive(_ frame: WebSocketFrame) {
        guard case .open = state else {
            // After our own close frame only the peer's matters.
            if frame.opcode == .connectionClose { channel.close(promise: nil) }
            return
        }
        isPingUnanswered = false
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return violate("reserved bit set", .protocolError) }
        // RFC 6455 §5.1: a client masks, a server does not.
        guard (frame.maskKey != nil) == (role == .server) else { return violate("wrong masking", .protocolError) }
        switch frame.opcode {
        case .text, .binary, .continuation:
            receiveData(frame)
        case .ping:
            write(.pong, frame.unmaskedData)
            scheduleFlush()
        case .pong:
            break
        case .connectionClose:
            receiveClose(frame.unmaskedData)
        default:
            violate("reserved opcode", .protocolError)
        }
    }

    func receive(error: any Error) {
        guard case .open = state else { return }
        switch error {
        case NIOWebSocketError.invalidFrameLength:
            violate("frame longer than \(options.maximumMessageSize) bytes", .messageTooLarge)
        case let fault as NIOWebSocketError:
            violate("\(fault)", .protocolError)
        default:
            state = .closing(.lost("\(error)"))
            closer.closeNow()
        }
    }

    /// Ends the connection because of what the peer sent.
    func violate(_ reason: String, _ code: WebSocketErrorCode) {
        guard case .open = state else { return }
        beginClosing(.violation(reason), code)
    }

    func detach() {
        let reason: EngineCloseReason
        switch state {
        case .open: reason = .lost("the connection ended without a close frame")
        case .closing(let known): reason = known
        case .closed: return
        }
        state = .closed
        context = nil
        pings?.cancel()
        pings = nil
        closeDeadline?.cancel()
        closeDeadline = nil
        let handler = handler
        self.handler = nil
        handler?.webSocket(self, didClose: reason)
    }

    // MARK: - Details

    private func receiveData(_ frame: WebSocketFrame) {
        switch assembly.append(frame) {
        case .incomplete:
            break
        case .message(let message):
            handler?.webSocket(self, didReceive: message.readableBytesUInt8Span)
        case .refused(let reason, let code):
            violate(reason, code)
        }
    }

    private func receiveClose(_ payload: ByteBuffer) {
        // RFC 6455 §7.1.5: 1005 stands for a close frame without a code.
        let code = payload.getInteger(at: payload.readerIndex, as: UInt16.self) ?? 1005
        let answer: WebSocketErrorCode =
            payload.readableBytes >= 2 ? WebSocketErrorCode(codeNumber: Int(code)) : .normalClosure
        beginClosing(.remote(code: code), answer)
        channel.close(promise: nil)
    }

    private func beginClosing(_ reason: EngineCloseReason, _ code: WebSocketErrorCode) {
        state = .closing(reason)
        assembly.reset()
        pings?.cancel()
        pings = nil
        var payload = channel.allocator.buffer(capacity: 2)
        payload.write(webSocketErrorCode: code)
        write(.connectionClose, payload)
        context?.flush()
        closeDeadline = eventLoop.scheduleTask(in: options.closeTimeout) { [closer] in closer.closeNow() }
    }

    private func pingDue() {
        guard case .open = state else { return }
        if isPingUnanswered {
            state = .closing(.lost("no answer to a ping"))
            closer.closeNow()
            return
        }
        isPingUnanswered = true
        write(.ping, ByteBuffer())
        context?.flush()
    }

    private func write(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) {
        guard let context else { return }
        let maskKey = role == .client ? WebSocketMaskingKey.random() : nil
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: maskKey, data: payload)
        context.write(NIOAny(frame), promise: nil)
    }

    private func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        eventLoop.execute {
            self.isFlushScheduled = false
            self.context?.flush()
        }
    }
}
