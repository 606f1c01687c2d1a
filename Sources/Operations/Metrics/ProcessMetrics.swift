import Foundation

/// What the kernel knows of this process, under the names that Prometheus client libraries agree on.
public enum ProcessMetrics {
    /// Adds the metrics to a registry; they are read from `/proc/self` whenever the registry is.
    public static func register(in registry: MetricsRegistry) {
        let resident = registry.gauge("process_resident_memory_bytes", help: "Resident memory of the process.")
        let processorTime = registry.externalCounter("process_cpu_seconds_total", help: "User and system time spent.")
        let descriptors = registry.gauge("process_open_fds", help: "Open file descriptors.")
        let start = registry.gauge("process_start_time_seconds", help: "Start of the process since the epoch.")
        start.set(Date().timeIntervalSince1970.rounded())
        registry.beforeReading {
            if let sample = ProcessSample.current() {
                resident.set(sample.residentBytes)
                processorTime.set(sample.processorSeconds)
            }
            if let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
                descriptors.set(names.count)
            }
        }
    }
}

/// The fields of `/proc/self/stat` that are exposed (proc(5)).
struct ProcessSample: Equatable {
    var residentBytes: Double
    var processorSeconds: Double

    init(residentBytes: Double, processorSeconds: Double) {
        self.residentBytes = residentBytes
        self.processorSeconds = processorSeconds
    }

    static func current() -> ProcessSample? {
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8) else { return nil }
        let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))
        let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
        return ProcessSample(stat: text, pageSize: pageSize, ticksPerSecond: ticksPerSecond)
    }

    /// - Parameter stat: One line; the name of the program, in parentheses, may itself hold spaces and parentheses.
    init?(stat: String, pageSize: Double, ticksPerSecond: Double) {
        guard let end = stat.lastIndex(of: ")"), ticksPerSecond > 0 else { return nil }
        // The first field after the name is number 3: utime is 14, stime 15, rss 24.
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
            let pages = Double(fields[21])
        else { return nil }
        residentBytes = pages * pageSize
        processorSeconds = (user + system) / ticksPerSecond
    }
}
