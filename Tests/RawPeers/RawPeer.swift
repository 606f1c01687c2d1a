import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A socket of a peer that speaks octets, not SIP.
public final class RawPeer: ChannelInboundHandler, Sendable {
    public typealias InboundIn = ByteBuffer

    private let state = Mutex<(octets: [UInt8], isClosed: Bool)>(([], false))
    private let remote: SocketAddress
    private let channel = Mutex<(any Channel)?>(nil)
    private let isDatagram: Bool

    private init(_ remote: SocketAddress, isDatagram: Bool) {
        self.remote = remote
        self.isDatagram = isDatagram
    }

    public static func udp(from address: String, to host: String, _ port: UInt16) async throws -> RawPeer {
        let peer = RawPeer(try SocketAddress(ipAddress: host, port: Int(port)), isDatagram: true)
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(DatagramContents(), peer)
                }
            }
            .bind(host: address, port: 0).get()
        peer.channel.withLock { $0 = channel }
        return peer
    }

    public static func tcp(from address: String, to host: String, _ port: UInt16) async throws -> RawPeer {
        let remote = try SocketAddress(ipAddress: host, port: Int(port))
        let peer = RawPeer(remote, isDatagram: false)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(to: try SocketAddress(ipAddress: address, port: 0))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(peer) }
            }
            .connect(to: remote).get()
        peer.channel.withLock { $0 = channel }
        return peer
    }

    public func send(_ bytes: [UInt8]) async throws {
        guard let channel = channel.withLock({ $0 }) else { return }
        let buffer = ByteBuffer(bytes: bytes)
        if isDatagram {
            try await channel.writeAndFlush(AddressedEnvelope(remoteAddress: remote, data: buffer)).get()
        } else {
            try await channel.writeAndFlush(buffer).get()
        }
    }

    public var port: UInt16 {
        get async { UInt16(truncatingIfNeeded: channel.withLock { $0 }?.localAddress?.port ?? 0) }
    }

    public func close() async { try? await channel.withLock { $0 }?.close() }

    /// Everything that came so far.
    public var text: String { String(decoding: state.withLock { $0.octets }, as: UTF8.self) }
    public var isClosed: Bool { state.withLock { $0.isClosed } }
    /// How many responses with this status came.
    public func count(_ status: Int) -> Int { text.components(separatedBy: "SIP/2.0 \(status) ").count - 1 }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        state.withLock { $0.octets += bytes }
    }

    public func channelInactive(context: ChannelHandlerContext) { state.withLock { $0.isClosed = true } }
    public func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

private final class DatagramContents: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias InboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(wrapInboundOut(unwrapInboundIn(data).data))
    }
}
