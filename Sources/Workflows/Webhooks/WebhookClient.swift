/// Where events go to, and how patiently.
public struct WebhookEndpoint: Sendable {
    public var url: WebURL
    public var signature: WebhookSignature
    /// For one attempt.
    public var timeout: Duration
    /// Further attempts after a failure that may pass.
    public var retries: Int

    public init(url: WebURL, signature: WebhookSignature, timeout: Duration = .seconds(3), retries: Int = 1) {
        self.url = url
        self.signature = signature
        self.timeout = timeout
        self.retries = retries
    }
}

/// Why an event has no answer.
public enum WebhookError: Error, Sendable, Hashable, CustomStringConvertible {
    case http(OutboundHTTPError)
    /// The status is not 200 or 204.
    case refused(Int)

    public var description: String {
        switch self {
        case .http(let error): "\(error)"
        case .refused(let status): "HTTP \(status)"
        }
    }

    /// Whether another attempt may go better. One that has timed out has cost the caller enough.
    var mayPass: Bool {
        switch self {
        case .http(.unresolved), .http(.unreachable): true
        case .refused(let status): Workflow.mayPass(status)
        case .http: false
        }
    }
}

/// Brings events to an operator's HTTP service and the answers back.
public struct WebhookClient: Sendable {
    private let endpoint: WebhookEndpoint
    private let client: OutboundHTTPClient
    /// Seconds since 1970.
    private let clock: @Sendable () -> Int64

    public init(
        _ endpoint: WebhookEndpoint,
        client: OutboundHTTPClient,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.endpoint = endpoint
        self.client = client
        self.clock = clock
    }

    /// Sends one event. An event is sent again only if nothing came of the attempt before: its identifier is the same
    /// then, so that a receiver can tell.
    ///
    /// - Parameters:
    ///   - body: JSON.
    ///   - identifier: Of the event.
    ///   - limit: For all attempts; `nil`: that of each.
    /// - Returns: The body of the answer; nothing for 204.
    public func send(
        _ body: [UInt8],
        identifier: String,
        within limit: Duration?
    ) async throws(WebhookError) -> [UInt8] {
        let end = limit.map { ContinuousClock.now + $0 }
        var attempt = 0
        while true {
            attempt += 1
            do throws(WebhookError) {
                let left = end.map { min($0 - .now, endpoint.timeout) } ?? endpoint.timeout
                return try await sendOnce(body, identifier, within: left)
            } catch {
                let pause = WorkflowRunner.pause(after: attempt)
                guard error.mayPass, attempt <= endpoint.retries, end.map({ .now + pause < $0 }) ?? true else {
                    throw error
                }
                do { try await Task.sleep(for: pause) } catch { throw .http(.cancelled) }
            }
        }
    }

    private func sendOnce(
        _ body: [UInt8],
        _ identifier: String,
        within limit: Duration
    ) async throws(WebhookError) -> [UInt8] {
        let request = OutboundHTTPClient.Request(
            method: "POST",
            origin: endpoint.url.origin,
            url: endpoint.url.description,
            headers: [
                ("content-type", "application/json"),
                ("accept", "application/json"),
                ("user-agent", "sidetone"),
                ("idempotency-key", identifier),
                (WebhookSignature.header, endpoint.signature.value(of: body, at: clock())),
            ],
            body: body
        )
        let response: OutboundHTTPClient.Response
        do throws(OutboundHTTPError) {
            response = try await client.send(request, within: limit)
        } catch {
            throw .http(error)
        }
        switch response.status {
        case 200: return response.body
        case 204: return []
        default: throw .refused(response.status)
        }
    }
}
