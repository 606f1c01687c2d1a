/// Values a label can have, known when the metric is made: an enumeration of texts.
public protocol MetricLabelValue: Hashable, CaseIterable, RawRepresentable, Sendable where RawValue == String {}

/// One counter for each value of a label.
public struct CounterFamily<Value: MetricLabelValue>: Sendable {
    private let members: [Value: Counter]
    private let unlisted: Counter

    init(_ members: [Value: Counter]) {
        self.members = members
        unlisted = Counter()
    }

    /// The counter of a value. A value that `allCases` leaves out gets a counter that is not exposed.
    public subscript(value: Value) -> Counter { members[value] ?? unlisted }
}

/// One gauge for each value of a label.
public struct GaugeFamily<Value: MetricLabelValue>: Sendable {
    private let members: [Value: Gauge]
    private let unlisted: Gauge

    init(_ members: [Value: Gauge]) {
        self.members = members
        unlisted = Gauge()
    }

    public subscript(value: Value) -> Gauge { members[value] ?? unlisted }
}
