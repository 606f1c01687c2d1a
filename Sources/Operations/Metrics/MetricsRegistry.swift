import Synchronization

/// The metrics of a process. Metrics are made once, with all their label values, and kept by whoever counts with
/// them; the registry is asked only when somebody reads.
public final class MetricsRegistry: Sendable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    enum Instrument: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)
    }

    struct Series: Sendable {
        /// In the order of their names.
        let labels: [(name: String, value: String)]
        let instrument: Instrument
    }

    struct Family: Sendable {
        let name: String
        let help: String
        let kind: Kind
        var series: [Series]
    }

    private struct State {
        var families: [Family] = []
        var collectors: [@Sendable () async -> Void] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// A counter. Its name ends with `_total`. Asked again for the same name and labels, gives the same counter.
    public func counter(_ name: String, help: String, labels: [String: String] = [:]) -> Counter {
        register(name, help, .counter, labels) { .counter(Counter()) }.counter
    }

    /// A counter that somebody else keeps, such as the kernel: set it in ``beforeReading(_:)``.
    public func externalCounter(_ name: String, help: String, labels: [String: String] = [:]) -> Gauge {
        register(name, help, .counter, labels) { .gauge(Gauge()) }.gauge
    }

    public func gauge(_ name: String, help: String, labels: [String: String] = [:]) -> Gauge {
        register(name, help, .gauge, labels) { .gauge(Gauge()) }.gauge
    }

    /// - Parameter bounds: Upper bounds of the ranges, ascending, in the unit that the name ends with.
    public func histogram(
        _ name: String,
        help: String,
        labels: [String: String] = [:],
        bounds: [Double] = Histogram.delayBounds
    ) -> Histogram {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "bounds of \(name) must ascend")
        return register(name, help, .histogram, labels) { .histogram(Histogram(bounds: bounds)) }.histogram
    }

    /// One counter for each value of the label.
    public func counters<Value: MetricLabelValue>(
        _ name: String,
        help: String,
        by label: String,
        _ type: Value.Type = Value.self
    ) -> CounterFamily<Value> {
        var members: [Value: Counter] = [:]
        for value in Value.allCases { members[value] = counter(name, help: help, labels: [label: value.rawValue]) }
        return CounterFamily(members)
    }

    /// One gauge for each value of the label.
    public func gauges<Value: MetricLabelValue>(
        _ name: String,
        help: String,
        by label: String,
        _ type: Value.Type = Value.self
    ) -> GaugeFamily<Value> {
        var members: [Value: Gauge] = [:]
        for value in Value.allCases { members[value] = gauge(name, help: help, labels: [label: value.rawValue]) }
        return GaugeFamily(members)
    }

    /// Adds something that sets gauges just before they are read. Runs on every reading; keep it short.
    public func beforeReading(_ collect: @escaping @Sendable () async -> Void) {
        state.withLock { $0.collectors.append(collect) }
    }

    /// Runs the collectors and writes everything in the text format of Prometheus, version 0.0.4.
    public func exposition() async -> String {
        for collect in state.withLock({ $0.collectors }) { await collect() }
        return PrometheusText.write(state.withLock { $0.families })
    }

    private func register(
        _ name: String,
        _ help: String,
        _ kind: Kind,
        _ labels: [String: String],
        make: () -> Instrument
    ) -> Instrument {
        precondition(PrometheusText.isMetricName(name), "\(name) is no metric name")
        precondition(labels.keys.allSatisfy(PrometheusText.isLabelName), "a label of \(name) has no proper name")
        let sorted = labels.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        return state.withLock { state in
            let index: Int
            if let found = state.families.firstIndex(where: { $0.name == name }) {
                precondition(state.families[found].kind == kind, "\(name) is a \(state.families[found].kind) already")
                index = found
            } else {
                index = state.families.count
                state.families.append(Family(name: name, help: help, kind: kind, series: []))
            }
            let existing = state.families[index].series.first { series in
                series.labels.elementsEqual(sorted) { $0 == $1 }
            }
            if let existing { return existing.instrument }
            let instrument = make()
            state.families[index].series.append(Series(labels: sorted, instrument: instrument))
            return instrument
        }
    }
}

extension MetricsRegistry.Instrument {
    // `register` compares kinds before it hands out an instrument: the other cases come up only if our own code asks
    // for one name both as a counter and as an external counter.
    fileprivate var counter: Counter {
        guard case .counter(let counter) = self else { preconditionFailure("not a counter") }
        return counter
    }

    fileprivate var gauge: Gauge {
        guard case .gauge(let gauge) = self else { preconditionFailure("not a gauge") }
        return gauge
    }

    fileprivate var histogram: Histogram {
        guard case .histogram(let histogram) = self else { preconditionFailure("not a histogram") }
        return histogram
    }
}
