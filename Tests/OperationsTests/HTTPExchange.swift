import Logging
import NIOCore
import NIOPosix
import Operations

/// Health that a test decides.
struct FixedHealth: HealthSource {
    var live = true
    var reasons: [NotReadyReason] = []

    func isLive() async -> Bool { live }
    func reasonsNotReady() async -> [NotReadyReason] { reasons }
}

/// What came back over a connection that the server closed.
struct RawResponse {
    let text: String

    var status: Int { Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0 }
    var head: Substring { text.components(at: "\r\n\r\n").0 }
    var body: Substring { text.components(at: "\r\n\r\n").1 }

    func header(_ name: String) -> String? {
        for line in head.split(separator: "\r\n") {
            let (key, value) = String(line).components(at: ": ")
            if key.lowercased() == name { return String(value) }
        }
        return nil
    }
}

extension String {
    fileprivate func components(at separator: String) -> (Substring, Substring) {
        guard let range = firstRange(of: separator) else { return (self[...], "") }
        return (self[..<range.lowerBound], self[range.upperBound...])
    }
}

/// Runs an admin server on a free port for the time of the closure.
func withAdminServer(
    token: String? = nil,
    readToken: String? = nil,
    calls: (any CallControl)? = nil,
    metrics: MetricsRegistry = MetricsRegistry(),
    health: FixedHealth = FixedHealth(),
    logger: Logger? = nil,
    _ body: @escaping @Sendable (_ port: Int) async throws -> Void
) async throws {
    let (ports, continuation) = AsyncStream<Int>.makeStream()
    var silent = Logger(label: "admin")
    silent.logLevel = .critical
    let server = AdminServer(
        configuration: AdminServer.Configuration(
            host: "127.0.0.1", port: 0, bearerToken: token, readToken: readToken),
        metrics: metrics,
        health: health,
        logger: logger ?? silent,
        calls: calls,
        onListening: { continuation.yield($0) }
    )
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { continuation.finish() }
            try await server.run()
        }
        group.addTask {
            for await port in ports {
                try await body(port)
                return
            }
        }
        // Whichever ends first: the body, or the server because it could not start.
        try await group.next()
        group.cancelAll()
        while let result = await group.nextResult() {
            if case .failure(let error) = result, !(error is CancellationError) { throw error }
        }
    }
}

/// Sends bytes as they are and reads until the server closes.
func exchange(_ request: String, port: Int) async throws -> RawResponse {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
    return try await channel.executeThenClose { inbound, outbound in
        try await outbound.write(ByteBuffer(string: request))
        var received = ByteBuffer()
        do {
            for try await part in inbound { received.writeImmutableBuffer(part) }
        } catch is IOError {
            // The server closed while some of the request was still on its way.
        }
        return RawResponse(text: String(buffer: received))
    }
}

func get(_ path: String, headers: String = "", port: Int) async throws -> RawResponse {
    try await exchange("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(headers)\r\n", port: port)
}
