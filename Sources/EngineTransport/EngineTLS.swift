import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL

/// TLS contexts for `wss`, one per file of trust roots; reading the roots takes milliseconds and blocks.
enum EngineTLS {
    private static let contexts = NIOLockedValueBox<[String: NIOSSLContext]>([:])
    /// More files than an operator has; the cache starts anew beyond it.
    private static let maximumContexts = 64

    /// - Parameter file: PEM with the trusted certificates; `nil` for those of the system.
    static func context(trustRoots file: String?, on eventLoop: any EventLoop) -> EventLoopFuture<NIOSSLContext> {
        let key = file ?? ""
        if let known = contexts.withLockedValue({ $0[key] }) { return eventLoop.makeSucceededFuture(known) }
        return NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            if let file { configuration.trustRoots = .file(file) }
            let context = try NIOSSLContext(configuration: configuration)
            contexts.withLockedValue { cache in
                if cache.count >= maximumContexts { cache.removeAll() }
                cache[key] = context
            }
            return context
        }
    }
}
