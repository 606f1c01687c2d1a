import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing
import VoiceEngine

@testable import EngineTransport

@Suite("WebSocket frames (RFC 6455 §5), beside those of another implementation")
struct WebSocketFrameTests {
    /// On both sides of every length that is written in another way.
    static let lengths = [0, 1, 7, 8, 9, 125, 126, 127, 65_535, 65_536, 100_003]

    @Test("What is written, masked or not, is read by the other", arguments: lengths, [true, false])
    func written(_ length: Int, _ masks: Bool) throws {
        let payload = Self.payload(length)
        var writer = WebSocketFrameWriter(masks: masks)
        writer.append(.text, payload.span)
        writer.append(.ping, Self.payload(5).span)
        let frames = try OtherFrames.frames(in: writer.buffer)
        #expect(frames.map(\.opcode) == [.text, .ping])
        #expect(frames.allSatisfy { $0.fin && ($0.maskKey != nil) == masks })
        #expect(frames.first.map { Array(buffer: $0.data) } == payload)
    }

    @Test("Each frame is masked with another key")
    func keys() throws {
        var writer = WebSocketFrameWriter(masks: true)
        for _ in 0..<200 { writer.append(.text, Self.payload(4).span) }
        let keys = try OtherFrames.frames(in: writer.buffer).compactMap(\.maskKey).map { Array($0) }
        #expect(Set(keys).count > 190)
    }

    @Test(
        "What the other writes is read, whole, octet by octet, and many at a time", arguments: lengths, [true, false])
    func read(_ length: Int, _ isMasked: Bool) throws {
        let payload = Self.payload(length)
        var frame = WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: payload))
        if isMasked { frame.maskKey = [0x9A, 0x01, 0xFE, 0x45] }
        let bytes = try OtherFrames.bytes(of: [frame, frame])
        for step in [bytes.readableBytes, 1, 1_000] where step > 1 || length < 200 {
            let owner = Owner()
            let channel = try Self.channel(isMasked ? .server : .client, owner)
            var rest = bytes
            while let part = rest.readSlice(length: min(step, rest.readableBytes)), part.readableBytes > 0 {
                try channel.writeInbound(part)
            }
            #expect(owner.messages == [payload, payload], "in steps of \(step)")
            _ = try channel.finish(acceptAlreadyClosed: true)
        }
    }

    @Test(
        "Heads that are refused: too long by what they announce, reserved bits and codes, control frames that are long or cut",
        arguments: [
            ([0x81, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0], UInt16(1_009)), ([0x81, 0x7E, 0xFF, 0xFF], 1_009),
            ([0xC1, 0x01, 0x61], 1_002), ([0x83, 0x00], 1_002), ([0x8B, 0x00], 1_002),
            ([0x89, 0x7E, 0x00, 0x7E], 1_002), ([0x09, 0x01, 0x61], 1_002), ([0x80, 0x01, 0x61], 1_002),
        ] as [([UInt8], UInt16)])
    func refused(_ bytes: [UInt8], _ code: UInt16) throws {
        let owner = Owner()
        let channel = try Self.channel(.client, owner, maximumMessageSize: 1_000)
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        // What follows a fault is not read.
        try channel.writeInbound(try OtherFrames.bytes(of: [WebSocketFrame(opcode: .text, data: ByteBuffer())]))
        var sent = ByteBuffer()
        while var buffer = try channel.readOutbound(as: ByteBuffer.self) { sent.writeBuffer(&buffer) }
        let close = try #require(try OtherFrames.frames(in: sent).first)
        #expect(close.opcode == .connectionClose)
        #expect(close.data.getInteger(at: close.data.readerIndex, as: UInt16.self) == code)
        #expect(owner.messages.isEmpty)
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @Test("Messages that make more than a write's worth leave in their order")
    func many() throws {
        let owner = Owner()
        let channel = try Self.channel(.client, owner)
        let connection = try #require(owner.connection)
        let messages = (0..<40).map { Self.payload(5_000 + $0) }
        for message in messages { connection.send(text: message.span) }
        channel.embeddedEventLoop.run()
        var sent = ByteBuffer()
        while var buffer = try channel.readOutbound(as: ByteBuffer.self) { sent.writeBuffer(&buffer) }
        #expect(try OtherFrames.frames(in: sent).map { Array(buffer: $0.data) } == messages)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    // MARK: - Rig

    private final class Owner: WebSocketHandler, @unchecked Sendable {  // One thread: that of the test.
        var messages: [[UInt8]] = []
        var connection: WebSocketConnection?

        func webSocket(_ connection: WebSocketConnection, didReceive text: Span<UInt8>) {
            messages.append(text.withUnsafeBufferPointer { Array($0) })
        }

        func webSocket(_ connection: WebSocketConnection, didClose reason: EngineCloseReason) {}
    }

    private static func channel(
        _ role: WebSocketConnection.Role,
        _ owner: Owner,
        maximumMessageSize: Int = 1 << 20
    ) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let closer = SocketCloser()
        try channel.pipeline.syncOperations.addHandler(closer)
        let connection = WebSocketConnection(
            channel: channel, closer: closer, role: role,
            options: WebSocketConnectionOptions(maximumMessageSize: maximumMessageSize), handler: owner
        )
        owner.connection = connection
        try channel.pipeline.syncOperations.addHandler(WebSocketFrameHandler(connection))
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        return channel
    }

    private static func payload(_ length: Int) -> [UInt8] {
        (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
    }
}
