import ApplicationServer
import Operations
import Workflows

/// Asks an operator's HTTP service what is to be done in calls.
struct WebhookSource: CallActionSource {
    let decoder: CallActionDecoder
    private let client: WebhookClient
    private let metrics: WebhookMetrics

    /// - Throws: ``SystemError``, a fault of a secret.
    init(
        _ definition: WebhookDefinition,
        named name: String,
        hasSpeech: Bool,
        _ http: OutboundHTTPClient,
        _ registry: MetricsRegistry
    ) throws {
        guard let url = definition.url, let secret = definition.secret else {
            throw SystemError("service \(name): webhook.url and webhook.secret are needed")
        }
        let keys = try [secret, definition.previousSecret].compactMap { try $0.map { Array(try $0.resolve().utf8) } }
        let endpoint = WebhookEndpoint(
            url: url,
            signature: WebhookSignature(keys: keys),
            timeout: definition.timeout,
            retries: definition.retries
        )
        client = WebhookClient(endpoint, client: http) { UTCTime.now.secondsSince1970 }
        decoder = CallActionDecoder(limits: definition.limits, hasSpeech: hasSpeech)
        metrics = WebhookMetrics(name, registry)
    }

    func actions(
        after event: CallActionEvent,
        of call: CallActionContext,
        within limit: Duration?
    ) async -> Result<[CallAction], CallActionSourceFailure> {
        let start = ContinuousClock.now
        let identifier = "\(call.identifier)-\(event.sequence)"
        let result: Result<[CallAction], CallActionSourceFailure>
        let outcome: WebhookMetrics.Outcome
        do {
            let answer = try await client.send(
                event.json(of: call, identifier: identifier, at: .now), identifier: identifier, within: limit)
            result = .success(try decoder.actions(in: answer, isAnswered: event.isAnswered))
            outcome = .answered
        } catch let fault as CallActionFault {
            (result, outcome) = (.failure(CallActionSourceFailure("answer: \(fault)")), .malformed)
        } catch let error as WebhookError {
            (result, outcome) = (.failure(CallActionSourceFailure("\(error)")), WebhookMetrics.Outcome(error))
        } catch {
            (result, outcome) = (.failure(CallActionSourceFailure("\(error)")), .failed)
        }
        metrics.count(outcome, ContinuousClock.now - start)
        return result
    }
}

/// Counts the events of one service by what came of them.
struct WebhookMetrics: Sendable {
    enum Outcome: String, CaseIterable {
        case answered
        /// The answer is no list of actions.
        case malformed
        /// The status says no.
        case refused
        case timedOut = "timed-out"
        case cancelled
        case failed

        init(_ error: WebhookError) {
            switch error {
            case .refused: self = .refused
            case .http(.timedOut): self = .timedOut
            case .http(.cancelled): self = .cancelled
            case .http: self = .failed
            }
        }
    }

    private let counters: [Outcome: Operations.Counter]
    private let time: Histogram

    init(_ service: String, _ registry: MetricsRegistry) {
        var counters: [Outcome: Operations.Counter] = [:]
        for outcome in Outcome.allCases {
            counters[outcome] = registry.counter(
                "sidetone_webhook_events_total",
                help: "Events of calls that an HTTP service leads, by what came of them.",
                labels: ["service": service, "outcome": outcome.rawValue]
            )
        }
        self.counters = counters
        time = registry.histogram(
            "sidetone_webhook_seconds",
            help: "From an event until its answer was there, all attempts together.",
            labels: ["service": service]
        )
    }

    func count(_ outcome: Outcome, _ duration: Duration) {
        counters[outcome]?.increment()
        time.record(duration)
    }
}
