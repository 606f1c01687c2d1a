import LocalEngine
import NIOPosix
import ReferenceAS
import Testing

/// An application server whose service has two engines, `local` and `spare`.
enum EnginePair {
    /// - Parameters:
    ///   - first: What `local` does wrong.
    ///   - second: What `spare` does wrong.
    ///   - folder: Where calls are recorded.
    ///   - dialogue: What `local` understands and says.
    ///   - whole: What beside the service is configured in another way.
    ///   - change: What else of the service is configured in another way.
    static func run(
        _ first: LocalEngineBehaviour,
        _ second: LocalEngineBehaviour,
        recording folder: TemporaryFolder? = nil,
        dialogue: Dialogue = .standard,
        addresses: Addresses = Addresses(),
        also whole: Change? = nil,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ change: @escaping (inout AssistantDefinition) -> Void = { _ in },
        _ body: (TestSystem, LocalEngineServer) async throws -> Void
    ) async throws {
        let spare = LocalEngineServer(
            configuration: LocalEngineConfiguration(host: addresses.engine, port: 0, behaviour: second),
            group: MultiThreadedEventLoopGroup.singleton,
            logger: TestSystem.logger
        )
        let port = try await spare.start()
        let result: Result<Void, any Error>
        do {
            try await TestSystem.run(
                engine: first,
                dialogue: dialogue,
                addresses: addresses,
                configure: Change { configuration, addresses in
                    configuration.sip.setTimers(TestSystem.shortTimers)
                    var engine = EngineDefinition()
                    engine.name = "spare"
                    engine.url = "ws://\(addresses.engine):\(port)/v1/realtime"
                    configuration.engines.append(engine)
                    configuration.services[0].assistant.alternatives = ["spare"]
                    configuration.media.recordingDirectory = folder?.path
                    // Nobody listens there.
                    engine.name = "absent"
                    engine.url = "ws://\(addresses.engine):9/v1/realtime"
                    configuration.engines.append(engine)
                    change(&configuration.services[0].assistant)
                    whole?.apply(&configuration, addresses)
                },
                sourceLocation: sourceLocation
            ) { lab in
                try await body(lab, spare)
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await spare.stop()
        try result.get()
    }
}
