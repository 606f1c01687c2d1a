import NIOCore
import NIOSSL
import NIOTLS

/// Stands behind the TLS handler until the peer has shown whom it is: no octet of SIP passes before, and a handshake
/// that takes too long closes the connection.
final class TLSGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let accepts: (CertificateIdentity) -> TLSRefusal?
    private let time: TimeAmount
    private let outcome: EventLoopPromise<CertificateIdentity>
    private var deadline: Scheduled<Void>?
    private var isOpen = false

    /// - Parameters:
    ///   - time: For the handshake.
    ///   - outcome: Succeeds when the peer has been let in.
    ///   - accepts: Why a peer with this identity is not let in; `nil` if it is.
    init(
        time: TimeAmount,
        outcome: EventLoopPromise<CertificateIdentity>,
        accepts: @escaping (CertificateIdentity) -> TLSRefusal?
    ) {
        self.time = time
        self.outcome = outcome
        self.accepts = accepts
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        let outcome = outcome
        deadline = context.eventLoop.scheduleTask(in: time) {
            outcome.fail(TLSRefusal.handshakeTooSlow)
            channel.close(mode: .all, promise: nil)
        }
    }

    /// A connection that never stood has no other end than this.
    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
        outcome.fail(TLSRefusal.notConnected)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent { admit(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func admit(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        // Nobody without a certificate comes through the handshake; if one did, it would have no name.
        let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
        let identity =
            certificate.map(CertificateIdentity.init) ?? CertificateIdentity(uris: [], dnsNames: [], addresses: [])
        if let refusal = accepts(identity) {
            outcome.fail(refusal)
            context.close(promise: nil)
        } else {
            isOpen = true
            outcome.succeed(identity)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isOpen { context.fireChannelRead(data) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        outcome.fail(TLSRefusal.handshakeFailed("the peer closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        deadline?.cancel()
        outcome.fail(TLSRefusal.handshakeFailed("\(error)"))
        context.close(promise: nil)
    }
}
