import Testing

@testable import Operations

@Suite("Metrics")
struct MetricsTests {
    enum Method: String, MetricLabelValue {
        case invite = "INVITE"
        case bye = "BYE"
    }

    @Test("Counters and gauges, in the order they were made, labels sorted")
    func countersAndGauges() async {
        let registry = MetricsRegistry()
        let requests = registry.counters("requests_total", help: "Requests.", by: "method", Method.self)
        let calls = registry.gauge("calls", help: "Calls now.", labels: ["zone": "a", "kind": "voice"])
        requests[.invite].increment()
        requests[.bye].increment(by: 2)
        calls.increment()
        calls.add(2)
        calls.decrement()
        calls.add(0.5)
        #expect(
            await registry.exposition() == """
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{method="INVITE"} 1
                requests_total{method="BYE"} 2
                # HELP calls Calls now.
                # TYPE calls gauge
                calls{kind="voice",zone="a"} 2.5

                """
        )
    }

    @Test("A histogram counts cumulatively, bounds included, and ends with +Inf, sum and count")
    func histogram() async {
        let registry = MetricsRegistry()
        let delay = registry.histogram("delay_seconds", help: "Delay.", labels: ["to": "x"], bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 1, 7] { delay.record(value) }
        delay.record(.nan)
        delay.record(Duration.milliseconds(250))
        #expect(delay.count == 6)
        #expect(
            await registry.exposition() == """
                # HELP delay_seconds Delay.
                # TYPE delay_seconds histogram
                delay_seconds_bucket{to="x",le="0.1"} 2
                delay_seconds_bucket{to="x",le="1"} 5
                delay_seconds_bucket{to="x",le="+Inf"} 6
                delay_seconds_sum{to="x"} 8.9
                delay_seconds_count{to="x"} 6

                """
        )
    }

    @Test("Backslash, quote and line feed are escaped")
    func escaping() async {
        let registry = MetricsRegistry()
        _ = registry.gauge("g", help: "a\\b\n\"c\"", labels: ["l": "a\\b\n\"c\""])
        #expect(
            await registry.exposition() == #"""
                # HELP g a\\b\n"c"
                # TYPE g gauge
                g{l="a\\b\n\"c\""} 0

                """#
        )
    }

    @Test(
        "Numbers",
        arguments: [
            (0, "0"), (-3, "-3"), (0.25, "0.25"), (1e9, "1000000000"), (1e300, "1e+300"), (.infinity, "+Inf"),
            (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)]
    )
    func numbers(value: Double, text: String) {
        #expect(PrometheusText.number(value) == text)
    }

    @Test("Names", arguments: [("a_b:c9", true), ("9a", false), ("", false), ("a-b", false), ("ä", false)])
    func names(name: String, valid: Bool) {
        #expect(PrometheusText.isMetricName(name) == valid)
    }

    @Test("The same name and labels are the same counter")
    func sameCounter() {
        let registry = MetricsRegistry()
        let first = registry.counter("a_total", help: "A.", labels: ["x": "1"])
        #expect(registry.counter("a_total", help: "A.", labels: ["x": "1"]) === first)
        #expect(registry.counter("a_total", help: "A.", labels: ["x": "2"]) !== first)
    }

    @Test("Nothing is lost when many count at once")
    func concurrency() async {
        let registry = MetricsRegistry()
        let counter = registry.counter("a_total", help: "A.")
        let gauge = registry.gauge("g", help: "G.")
        let histogram = registry.histogram("h", help: "H.", bounds: [1])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        counter.increment()
                        gauge.increment()
                        histogram.record(2)
                    }
                }
            }
        }
        #expect(counter.value == 8_000)
        #expect(gauge.value == 8_000)
        #expect(histogram.count == 8_000)
        #expect(histogram.sum == 16_000)
    }

    @Test("Collectors run before each reading")
    func collectors() async {
        let registry = MetricsRegistry()
        let gauge = registry.gauge("g", help: "G.")
        registry.beforeReading { gauge.increment() }
        _ = await registry.exposition()
        #expect(await registry.exposition().hasSuffix("g 2\n"))
    }
}

@Suite("Process metrics")
struct ProcessMetricsTests {
    @Test("The fields of /proc/self/stat, with a program name that is hard to read")
    func stat() throws {
        let fields = (3...52).map(String.init).joined(separator: " ")
        let sample = try #require(
            ProcessSample(stat: "42 (a) b (c) d) \(fields)\n", pageSize: 4_096, ticksPerSecond: 100)
        )
        #expect(sample == ProcessSample(residentBytes: 24 * 4_096, processorSeconds: 0.29))
        #expect(ProcessSample(stat: "42 (a) S 1 2", pageSize: 4_096, ticksPerSecond: 100) == nil)
        #expect(ProcessSample(stat: "", pageSize: 4_096, ticksPerSecond: 100) == nil)
    }

    @Test("This process has memory and descriptors")
    func ownProcess() async throws {
        let registry = MetricsRegistry()
        ProcessMetrics.register(in: registry)
        let text = await registry.exposition()
        #expect(text.contains("# TYPE process_cpu_seconds_total counter\n"))
        for name in ["process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"] {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("\(name) ") })
            #expect(Double(line.split(separator: " ")[1]) ?? 0 > 0)
        }
    }
}
