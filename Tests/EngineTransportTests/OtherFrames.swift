import NIOCore
import NIOEmbedded
import NIOWebSocket

/// Frames as another implementation writes and reads them: NIO's.
enum OtherFrames {
    static func bytes(of frames: [WebSocketFrame]) throws -> ByteBuffer {
        let channel = EmbeddedChannel(handler: WebSocketFrameEncoder())
        var bytes = ByteBuffer()
        for frame in frames {
            try channel.writeOutbound(frame)
            while var buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes.writeBuffer(&buffer) }
        }
        _ = try channel.finish()
        return bytes
    }

    /// Payloads are unmasked.
    static func frames(in bytes: ByteBuffer) throws -> [WebSocketFrame] {
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 21)))
        try channel.writeInbound(bytes)
        var frames: [WebSocketFrame] = []
        while var frame = try channel.readInbound(as: WebSocketFrame.self) {
            frame.data = frame.unmaskedData
            frames.append(frame)
        }
        _ = try channel.finish(acceptAlreadyClosed: true)
        return frames
    }
}
