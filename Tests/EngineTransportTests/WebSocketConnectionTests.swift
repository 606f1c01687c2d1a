import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing
import VoiceEngine

@testable import EngineTransport

/// A client's end of a WebSocket whose clock and wire are the test's.
private final class Harness {
    final class Owner: WebSocketHandler, @unchecked Sendable {  // One thread: that of the test.
        var messages: [String] = []
        var reasons: [EngineCloseReason] = []

        func webSocket(_ connection: WebSocketConnection, didReceive text: Span<UInt8>) {
            messages.append(
                String(decoding: Array(text.count == 0 ? [] : (0..<text.count).map { text[$0] }), as: UTF8.self))
        }

        func webSocket(_ connection: WebSocketConnection, didClose reason: EngineCloseReason) {
            reasons.append(reason)
        }
    }

    let channel = EmbeddedChannel()
    let owner = Owner()
    let connection: WebSocketConnection

    init(_ options: WebSocketConnectionOptions = WebSocketConnectionOptions()) throws {
        let closer = SocketCloser()
        try channel.pipeline.syncOperations.addHandler(closer)
        connection = WebSocketConnection(
            channel: channel, closer: closer, role: .client, options: options, handler: owner)
        try channel.pipeline.syncOperations.addHandler(WebSocketFrameHandler(connection))
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    func receive(_ opcode: WebSocketOpcode, _ text: String = "", fin: Bool = true, mask: WebSocketMaskingKey? = nil)
        throws
    {
        try receive(WebSocketFrame(fin: fin, opcode: opcode, maskKey: mask, data: ByteBuffer(string: text)))
    }

    func receive(_ frame: WebSocketFrame) throws {
        try channel.writeInbound(try OtherFrames.bytes(of: [frame]))
    }

    func sent() throws -> [WebSocketFrame] {
        channel.embeddedEventLoop.run()
        var bytes = ByteBuffer()
        while var buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes.writeBuffer(&buffer) }
        return try OtherFrames.frames(in: bytes)
    }

    func advance(_ time: TimeAmount) {
        channel.embeddedEventLoop.advanceTime(by: time)
    }
}

@Suite("A WebSocket connection (RFC 6455)")
struct WebSocketConnectionTests {
    @Test("Every frame of a client is masked (§5.1)")
    func masked() throws {
        let harness = try Harness()
        harness.connection.send(text: Array("{}".utf8).span)
        let frame = try #require(try harness.sent().first)
        #expect(frame.maskKey != nil)
        #expect(frame.opcode == .text)
        #expect(frame.fin)
    }

    @Test("A masked frame of a server is a fault (§5.1)")
    func maskedByServer() throws {
        let harness = try Harness()
        try harness.receive(.text, "{}", mask: [1, 2, 3, 4])
        #expect(!harness.connection.isOpen)
        var close = try #require(try harness.sent().first)
        #expect(close.opcode == .connectionClose)
        #expect(close.data.readInteger(as: UInt16.self) == 1002)
    }

    @Test("Fragments are put together, with control frames between them (§5.4)")
    func fragments() throws {
        let harness = try Harness()
        try harness.receive(.text, "one ", fin: false)
        try harness.receive(.ping, "p")
        try harness.receive(.continuation, "two ", fin: false)
        try harness.receive(.continuation, "three")
        try harness.receive(.text, "whole")
        #expect(harness.owner.messages == ["one two three", "whole"])
        let pong = try #require(try harness.sent().first)
        #expect(pong.opcode == .pong)
        #expect(String(buffer: pong.data) == "p")
    }

    @Test("Fragments out of order are a fault", arguments: [[WebSocketOpcode.continuation], [.text, .text]])
    func outOfOrder(_ opcodes: [WebSocketOpcode]) throws {
        let harness = try Harness()
        for opcode in opcodes { try harness.receive(opcode, "x", fin: false) }
        #expect(!harness.connection.isOpen)
    }

    @Test("A message is bounded over all its fragments, and so is their number")
    func bounded() throws {
        let bySize = try Harness(WebSocketConnectionOptions(maximumMessageSize: 10))
        try bySize.receive(.text, "123456", fin: false)
        try bySize.receive(.continuation, "78901")
        #expect(bySize.owner.messages.isEmpty)
        var close = try #require(try bySize.sent().first)
        #expect(close.data.readInteger(as: UInt16.self) == 1009)

        let byCount = try Harness(WebSocketConnectionOptions(maximumFragments: 3))
        try byCount.receive(.text, "", fin: false)
        for _ in 0..<3 { try byCount.receive(.continuation, "", fin: false) }
        #expect(!byCount.connection.isOpen)
    }

    @Test("A binary message is not taken")
    func binary() throws {
        let harness = try Harness()
        try harness.receive(.binary, "x")
        var close = try #require(try harness.sent().first)
        #expect(close.data.readInteger(as: UInt16.self) == 1003)
    }

    @Test("A ping goes out every two seconds, and a peer that leaves one unanswered is lost")
    func lost() throws {
        let harness = try Harness()
        harness.advance(.seconds(2))
        #expect(try harness.sent().map(\.opcode) == [.ping])
        try harness.receive(.pong)
        harness.advance(.seconds(2))
        #expect(try harness.sent().map(\.opcode) == [.ping])
        harness.advance(.seconds(2))
        #expect(harness.owner.reasons == [.lost("no answer to a ping")])
        #expect(!harness.channel.isActive)
    }

    @Test("Anything received shows that the peer lives")
    func alive() throws {
        let harness = try Harness()
        for _ in 0..<5 {
            harness.advance(.seconds(2))
            try harness.receive(.text, "{}")
        }
        #expect(harness.connection.isOpen)
    }

    @Test("Our close ends the socket after a second even if the peer never answers")
    func closeWithoutAnswer() throws {
        let harness = try Harness()
        harness.connection.close()
        harness.connection.close()
        #expect(try harness.sent().map(\.opcode) == [.connectionClose])
        try harness.receive(.text, "late")
        harness.advance(.milliseconds(999))
        #expect(harness.owner.reasons.isEmpty)
        harness.advance(.milliseconds(1))
        #expect(harness.owner.reasons == [.local])
        #expect(harness.owner.messages.isEmpty)
    }

    @Test("The peer's close is answered with its code, and the socket ends")
    func closeByPeer() throws {
        let harness = try Harness()
        let payload = ByteBuffer(integer: UInt16(1001))
        try harness.receive(WebSocketFrame(fin: true, opcode: .connectionClose, data: payload))
        let frames = try harness.sent()
        #expect(frames.map(\.opcode) == [.connectionClose])
        #expect(frames.first?.data.getInteger(at: 0, as: UInt16.self) == 1001)
        #expect(harness.owner.reasons == [.remote(code: 1001)])
        #expect(!harness.channel.isActive)
    }

    @Test("No timer is left behind when the peer goes away")
    func nothingLeft() throws {
        let harness = try Harness()
        _ = try harness.channel.finish(acceptAlreadyClosed: true)
        #expect(harness.owner.reasons == [.lost("the connection ended without a close frame")])
        harness.advance(.hours(1))
        #expect(harness.owner.reasons.count == 1)
    }
}
