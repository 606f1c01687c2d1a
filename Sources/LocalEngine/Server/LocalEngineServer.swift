#if LocalEngine
    import EngineTransport
    import Logging
    import NIOConcurrencyHelpers
    import NIOCore
    import NIOPosix

    /// A conversational engine without a cloud: an OpenAI Realtime WebSocket server with voice activity detection,
    /// recognition, a scripted dialogue and synthesis.
    public final class LocalEngineServer: Sendable {
        private struct State {
            var behaviour: LocalEngineBehaviour
            var server: WebSocketServer?
            var recognizer: (any SpeechRecognizer)?
            var sessions: [Int: LocalEngineSession] = [:]
            var counter = 0
        }

        private let configuration: LocalEngineConfiguration
        private let group: any EventLoopGroup
        private let logger: Logger
        private let workers: NIOThreadPool
        private let state: NIOLockedValueBox<State>

        public init(configuration: LocalEngineConfiguration, group: any EventLoopGroup, logger: Logger) {
            self.configuration = configuration
            self.group = group
            self.logger = logger
            workers = NIOThreadPool(numberOfThreads: max(1, configuration.workers))
            state = NIOLockedValueBox(State(behaviour: configuration.behaviour))
        }

        /// Loads the recogniser, binds, and prepares the greeting.
        ///
        /// - Returns: The port that was bound.
        /// - Throws: `RecognizerError`, or why the address cannot be bound. Nothing is left running then.
        public func start() async throws -> Int {
            workers.start()
            do {
                let recognizer = try await workers.runIfActive { [configuration] in
                    try configuration.recognizer.make(for: configuration.dialogue)
                }
                state.withLockedValue { $0.recognizer = recognizer }
                let speech = SpeechCache(voice: configuration.voice)
                let server = try await WebSocketServer.bind(
                    host: configuration.host,
                    port: configuration.port,
                    group: group,
                    decide: { self.decide($0) },
                    open: { self.makeSession(on: $0, recognizer, speech) },
                    respond: { await self.respond(to: $0, $1) }
                )
                state.withLockedValue { $0.server = server }
                logger.info(
                    "Local engine listens",
                    metadata: ["engine.address": "\(configuration.host)", "engine.port": "\(server.port)"])
                return server.port
            } catch {
                await stop()
                throw error
            }
        }

        /// Stops listening, ends every session and waits for the workers.
        public func stop() async {
            let (server, sessions, recognizer) = state.withLockedValue { state in
                defer {
                    state.server = nil
                    state.recognizer = nil
                }
                return (state.server, Array(state.sessions.values), state.recognizer)
            }
            await server?.close()
            for session in sessions { session.end() }
            try? await workers.shutdownGracefully()
            recognizer?.stop()
        }

        /// What new connections, and responses that begin from now on, are met with.
        public func setBehaviour(_ behaviour: LocalEngineBehaviour) {
            state.withLockedValue { $0.behaviour = behaviour }
        }

        /// Conversations that are open.
        public var sessionCount: Int { state.withLockedValue { $0.sessions.count } }

        var behaviour: LocalEngineBehaviour { state.withLockedValue { $0.behaviour } }

        func ended(_ number: Int) {
            state.withLockedValue { _ = $0.sessions.removeValue(forKey: number) }
        }

        private func decide(_ request: WebSocketServer.Request) -> WebSocketServer.Decision {
            let (behaviour, sessions) = state.withLockedValue { ($0.behaviour, $0.sessions.count) }
            if case .refuse(let status) = behaviour { return .refuse(status: status) }
            guard request.path == configuration.path else { return .refuse(status: 404) }
            guard isAuthorized(request) else { return .refuse(status: 401) }
            return sessions < configuration.maximumSessions ? .accept : .refuse(status: 503)
        }

        func isAuthorized(_ request: WebSocketServer.Request) -> Bool {
            configuration.apiKey.map { request.authorization == "Bearer \($0)" } ?? true
        }

        func synthesize(_ request: SpeechRequest) async throws -> [UInt8] {
            try await workers.runIfActive { [voice = configuration.voice] in try request.file(voice) }
        }

        private func makeSession(
            on eventLoop: any EventLoop,
            _ recognizer: any SpeechRecognizer,
            _ speech: SpeechCache
        ) -> LocalEngineSession {
            state.withLockedValue { state in
                state.counter += 1
                let session = LocalEngineSession(
                    number: state.counter,
                    dialogue: configuration.dialogue,
                    eventLoop: eventLoop,
                    workers: workers,
                    recognizer: recognizer,
                    speech: speech,
                    logger: logger,
                    server: self
                )
                state.sessions[state.counter] = session
                return session
            }
        }
    }
#endif
