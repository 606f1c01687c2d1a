import Logging
import NIOCore
import ReferenceAS
import ServiceLifecycle

#if LocalEngine
    import LocalEngine

    /// The local voice engine beside the server, at the address that the configuration gives for `local`.
    struct LocalEngineService: Service {
        private let server: LocalEngineServer

        init(_ configuration: ASConfiguration, _ group: any EventLoopGroup, _ logger: Logger) throws {
            guard let engine = configuration.engine(named: "local"), let url = LoopbackURL(engine.url) else {
                throw SystemError("the local engine needs an engine named local with a ws:// URL of this host")
            }
            server = LocalEngineServer(
                configuration: LocalEngineConfiguration(host: url.host, port: url.port, path: url.path),
                group: group,
                logger: logger
            )
        }

        /// Listens when it returns, so that the first call finds it.
        func start() async throws { _ = try await server.start() }

        func run() async throws {
            _ = try? await gracefulShutdown()
            await server.stop()
        }
    }

    /// The parts of `ws://host:port/path`.
    struct LoopbackURL {
        let host: String
        let port: Int
        let path: String

        init?(_ text: String) {
            guard text.hasPrefix("ws://") else { return nil }
            let rest = text.dropFirst(5)
            let slash = rest.firstIndex(of: "/") ?? rest.endIndex
            guard let colon = rest[..<slash].lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)..<slash]),
                (0...65_535).contains(port)
            else { return nil }
            host = rest[..<colon].filter { $0 != "[" && $0 != "]" }
            self.port = port
            path = slash == rest.endIndex ? "/" : String(rest[slash...])
        }
    }
#else
    /// Stands where the engine would: this build has none.
    struct LocalEngineService: Service {
        init(_ configuration: ASConfiguration, _ group: any EventLoopGroup, _ logger: Logger) throws {
            throw SystemError("this build has no local engine (trait LocalEngine): give a --config with your own")
        }

        func start() async throws {}

        func run() async throws {}
    }
#endif
