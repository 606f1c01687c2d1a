import NIOCore
import NIOWebSocket
import VoiceEngine

/// One end of an open WebSocket connection (RFC 6455).
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
    private var writer: WebSocketFrameWriter
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
        self.writer = WebSocketFrameWriter(masks: role == .client)
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

    /// From how many waiting bytes on ``isWritable`` says no, and from how few yes again.
    func setWriteBufferWaterMark(_ mark: ChannelOptions.Types.WriteBufferWaterMark) {
        eventLoop.preconditionInEventLoop()
        try? channel.syncOptions?.setOption(.writeBufferWaterMark, value: mark)
    }

    /// Sends one text message. What is sent in one go of the event loop leaves in one write.
    public func send(text: Span<UInt8>) {
        guard isOpen else { return }
        write(.text, text)
        scheduleFlush()
    }

    /// As ``send(text:)``, one binary message.
    public func send(binary: Span<UInt8>) {
        guard isOpen else { return }
        write(.binary, binary)
        scheduleFlush()
    }

    /// Ends the connection because the peer sent a message of a kind that is not taken (RFC 6455 §7.4.1, 1003).
    public func refuseData(_ reason: String) {
        violate(reason, .unacceptableData)
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

    /// Octets of the longest payload that is taken.
    var maximumPayload: Int { options.maximumMessageSize }

    /// A frame, its payload unmasked.
    func receive(_ head: WebSocketFrameHead, _ payload: Span<UInt8>) {
        guard case .open = state else {
            // After our own close frame only the peer's matters.
            if head.opcode == .connectionClose { channel.close(promise: nil) }
            return
        }
        isPingUnanswered = false
        guard !head.hasReservedBits else { return violate("reserved bit set", .protocolError) }
        // RFC 6455 §5.1: a client masks, a server does not.
        guard (head.maskKey != nil) == (role == .server) else { return violate("wrong masking", .protocolError) }
        switch head.opcode {
        case .text where head.isFinal && assembly.isEmpty:
            handler?.webSocket(self, didReceive: payload)
        case .binary where head.isFinal && assembly.isEmpty:
            handler?.webSocket(self, didReceiveBinary: payload)
        case .text, .binary, .continuation:
            receiveData(head, payload)
        case .ping:
            write(.pong, payload)
            scheduleFlush()
        case .pong:
            break
        case .connectionClose:
            receiveClose(payload)
        default:
            violate("reserved opcode", .protocolError)
        }
    }

    /// What came is no frame that is taken.
    func receive(_ fault: WebSocketFrameHead.Fault) {
        switch fault {
        case .tooLong: violate("frame longer than \(options.maximumMessageSize) bytes", .messageTooLarge)
        case .control: violate("control frame in fragments or too long", .protocolError)
        }
    }

    /// The channel failed.
    func receive(error: any Error) {
        guard case .open = state else { return }
        state = .closing(.lost("\(error)"))
        closer.closeNow()
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

    private func receiveData(_ head: WebSocketFrameHead, _ payload: Span<UInt8>) {
        switch assembly.append(head.opcode, isFinal: head.isFinal, payload) {
        case .incomplete:
            break
        case .message(let message, isBinary: false):
            handler?.webSocket(self, didReceive: message.span)
        case .message(let message, isBinary: true):
            handler?.webSocket(self, didReceiveBinary: message.span)
        case .refused(let reason, let code):
            violate(reason, code)
        }
    }

    private func receiveClose(_ payload: Span<UInt8>) {
        // RFC 6455 §7.1.5: 1005 stands for a close frame without a code.
        let code = payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : nil
        let answer = code.map { WebSocketErrorCode(codeNumber: Int($0)) } ?? .normalClosure
        beginClosing(.remote(code: code ?? 1_005), answer)
        channel.close(promise: nil)
    }

    private func beginClosing(_ reason: EngineCloseReason, _ code: WebSocketErrorCode) {
        state = .closing(reason)
        assembly.reset()
        pings?.cancel()
        pings = nil
        let number = UInt16(webSocketErrorCode: code)
        let payload = [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
        write(.connectionClose, payload.span)
        flush()
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
        write(.ping, Span())
        flush()
    }

    private func write(_ opcode: WebSocketOpcode, _ payload: Span<UInt8>) {
        guard let context else { return }
        writer.append(opcode, payload)
        guard writer.buffer.readableBytes >= WebSocketFrameWriter.enough else { return }
        context.write(NIOAny(writer.buffer), promise: nil)
        writer.clear()
    }

    private func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        eventLoop.execute {
            self.isFlushScheduled = false
            self.flush()
        }
    }

    private func flush() {
        guard let context else { return }
        if writer.buffer.readableBytes > 0 {
            context.write(NIOAny(writer.buffer), promise: nil)
        }
        context.flush()
        // After the flush the socket has let go of the buffer, unless it is behind.
        writer.clear()
    }
}
