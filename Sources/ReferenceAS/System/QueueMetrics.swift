import ApplicationServer
import Operations

/// What is read from the queues of a server when somebody asks.
enum QueueMetrics {
    private static let outcomes: [(label: String, value: @Sendable (QueueCounts) -> UInt64)] = [
        ("connected", \.connected), ("abandoned", \.abandoned), ("overflowed", \.overflowed),
        ("refused", \.refused),
    ]

    static func register(_ services: [ServiceRegistration], in registry: MetricsRegistry) {
        for registration in services {
            guard let queue = registration.service as? QueueService else { continue }
            let waiting = registry.gauge(
                "sidetone_queue_waiting",
                help: "Callers who wait for an agent.",
                labels: ["service": registration.name]
            )
            let counters = outcomes.map { outcome in
                let counter = registry.externalCounter(
                    "sidetone_queue_calls_total",
                    help: "Callers of a queue, by what became of them.",
                    labels: ["service": registration.name, "outcome": outcome.label]
                )
                return (counter, outcome.value)
            }
            registry.beforeReading {
                waiting.set(await queue.waiting)
                let counts = await queue.counts
                for (counter, value) in counters { counter.set(Double(value(counts))) }
            }
        }
    }
}
