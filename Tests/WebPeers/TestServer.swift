import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization
import Workflows

/// A server of HTTP on loopback, with what a test wants it to do.
public struct TestServer: Sendable {
    public struct Seen: Sendable, Hashable {
        public var method: String
        /// Path and query, as they came.
        public var target: String
        public var headers: [String: String]
        public var body: String
    }

    public let port: Int
    public let seen: SeenRequests

    public var origin: WebOrigin {
        get throws {
            guard let origin = WebOrigin("http://127.0.0.1:\(port)") else { throw WorkflowError("no origin") }
            return origin
        }
    }

    /// Answers every request with what `answer` says, for as long as `body` runs.
    public static func run(
        _ answer: @escaping @Sendable (Seen, Int) async throws -> Response,
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        let seen = SeenRequests()
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let responder = CallbackResponder { (request: Request, _: BasicRequestContext) in
            var headers: [String: String] = [:]
            for field in request.headers { headers[field.name.canonicalName] = field.value }
            let bytes = try await request.body.collect(upTo: 1 << 20)
            let record = Seen(
                method: request.method.rawValue,
                target: request.head.path ?? "",
                headers: headers,
                body: String(buffer: bytes)
            )
            return try await answer(record, seen.add(record))
        }
        let application = Application(
            responder: responder,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in continuation.yield(channel.localAddress?.port ?? 0) },
            logger: quiet
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { throw WorkflowError("the server does not run") }
            defer { group.cancelAll() }
            try await body(TestServer(port: port, seen: seen))
        }
    }

    private static let quiet: Logger = {
        var logger = Logger(label: "workflows.test")
        logger.logLevel = .critical
        return logger
    }()

    public static func json(_ text: String, _ status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}

public final class SeenRequests: Sendable {
    private let list = Mutex<[TestServer.Seen]>([])

    public var all: [TestServer.Seen] { list.withLock { $0 } }

    /// - Returns: How many there are now.
    func add(_ request: TestServer.Seen) -> Int {
        list.withLock {
            $0.append(request)
            return $0.count
        }
    }
}
