import Logging
import ServiceLifecycle

/// Runs a ``ReferenceSystem`` in a `ServiceGroup`: a graceful shutdown drains it.
public struct SystemService: Service {
    private let system: ReferenceSystem
    private let drainTime: Duration
    private let logger: Logger

    /// - Parameter drainTime: Calls that are under way at shutdown are hung up after this long.
    public init(_ system: ReferenceSystem, drainTime: Duration = .seconds(30), logger: Logger) {
        self.system = system
        self.drainTime = drainTime
        self.logger = logger
    }

    public func run() async throws {
        try await system.start()
        logger.info(
            "application server ready",
            metadata: ["sip.listen": "\(system.configuration.sip.listen.map(\.description).joined(separator: " "))"]
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await system.run() }
            group.addTask {
                _ = try? await gracefulShutdown()
                await system.shutDown(within: drainTime)
            }
            await group.next()
            group.cancelAll()
        }
    }
}
