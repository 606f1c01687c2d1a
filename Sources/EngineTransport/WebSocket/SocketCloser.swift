import Glibc
import NIOCore

/// Ends a socket at once, whatever the handlers above are still waiting for: a TLS peer that does not answer
/// `close_notify` would hold the connection for seconds. Stands first in the pipeline.
///
/// Confined to the channel's event loop, which is what makes `@unchecked Sendable` right.
final class SocketCloser: ChannelOutboundHandler, @unchecked Sendable {
    typealias OutboundIn = Any
    typealias OutboundOut = Any

    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func closeNow() {
        context?.close(promise: nil)
    }

    /// Ends the connection with a reset, as a crashed peer does.
    func reset() {
        guard let context else { return }
        let sockets = context.channel as? any SocketOptionProvider
        // On the loop the option is set before this returns.
        _ = sockets?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        context.close(promise: nil)
    }
}
