import ArgumentParser
import Foundation
import Logging
import NIOCore
import NIOPosix
import Operations
import ReferenceAS
import ServiceLifecycle

#if LocalEngine
    import LocalEngine
#endif

/// `sidetone serve`: the reference application server.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the application server.",
        discussion: """
            Without --config it runs on embedded defaults and starts the local voice engine itself. On SIGTERM it \
            takes no new calls, finishes those under way, and ends.
            """
    )

    @Option(help: "YAML file; `sidetone config defaults` prints every key.")
    var config: String?

    @Option(name: .customLong("set"), help: "key=value, over the file and the environment.")
    var overrides: [String] = []

    @Flag(help: "Start the local voice engine, also with --config.")
    var localEngine = false

    @Option(help: "Calls under way at SIGTERM are hung up after this many seconds.")
    var drain = 30

    @Option(help: "Event loops; the number of cores if not given.")
    var threads: Int?

    func validate() throws {
        guard (0...86_400).contains(drain) else { throw ValidationError("--drain takes 0 to 86400 seconds.") }
        guard threads.map({ (1...256).contains($0) }) ?? true else {
            throw ValidationError("--threads takes 1 to 256.")
        }
    }

    func run() async throws {
        let configuration = try load()
        let logger = makeLogger(configuration.log)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads ?? System.coreCount)
        do {
            try await serve(configuration, group, logger)
        } catch {
            Output.note("sidetone: \(error)")
            throw ExitCode.failure
        }
        try await group.shutdownGracefully()
    }

    private func load() throws -> ASConfiguration {
        let pairs = try overrides.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw ValidationError("--set takes key=value, not \(text)") }
            return (String(parts[0]), String(parts[1]))
        }
        do throws(ConfigurationErrors) {
            let (configuration, warnings) = try ASConfiguration.load(
                file: config,
                environment: ProcessInfo.processInfo.environment,
                overrides: pairs
            )
            for warning in warnings { Output.note("warning: \(warning)") }
            return configuration
        } catch {
            for fault in error.errors { Output.note("error: \(fault)") }
            throw ExitCode(error.unreadableFile == nil ? 1 : 66)
        }
    }

    private func makeLogger(_ settings: ASConfiguration.LogSettings) -> Logger {
        let level = Logger.Level(rawValue: settings.level.rawValue) ?? .info
        switch settings.format {
        case .json:
            var logger = Logger(label: "sidetone", factory: { _ in JSONLogHandler() })
            logger.logLevel = level
            return logger
        case .text:
            return Output.logger("sidetone", level: level)
        }
    }

    private func serve(_ configuration: ASConfiguration, _ group: any EventLoopGroup, _ logger: Logger) async throws {
        var services: [any Service] = []
        if config == nil || localEngine {
            let engine = try LocalEngineService(configuration, group, logger)
            try await engine.start()
            services.append(engine)
        }
        let system = try ReferenceSystem(configuration: configuration, group: group, logger: logger)
        services.append(
            AdminServer(
                configuration: AdminServer.Configuration(
                    host: configuration.admin.listen.host,
                    port: Int(configuration.admin.listen.port),
                    bearerToken: try configuration.admin.token?.resolve(),
                    readToken: try configuration.admin.readToken?.resolve()
                ),
                metrics: system.metrics,
                health: SystemHealth(system),
                logger: logger,
                calls: SystemCallControl(system)
            )
        )
        services.append(SystemService(system, drainTime: .seconds(drain), logger: logger))
        // The last one is asked to stop first: calls end before what they need goes away.
        let serviceGroup = ServiceGroup(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await serviceGroup.run()
    }
}
