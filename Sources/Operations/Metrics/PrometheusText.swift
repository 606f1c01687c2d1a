/// The text format that Prometheus reads, version 0.0.4.
enum PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    static func write(_ families: [MetricsRegistry.Family]) -> String {
        var output = ""
        for family in families {
            output += "# HELP \(family.name) \(escapedHelp(family.help))\n"
            output += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            for series in family.series { write(series, of: family.name, into: &output) }
        }
        return output
    }

    private static func write(_ series: MetricsRegistry.Series, of name: String, into output: inout String) {
        switch series.instrument {
        case .counter(let counter):
            output += "\(name)\(labels(series.labels)) \(counter.value)\n"
        case .gauge(let gauge):
            output += "\(name)\(labels(series.labels)) \(number(gauge.value))\n"
        case .histogram(let histogram):
            let counts = histogram.cumulativeCounts
            for (bound, count) in zip(histogram.bounds + [.infinity], counts) {
                output += "\(name)_bucket\(labels(series.labels + [("le", number(bound))])) \(count)\n"
            }
            output += "\(name)_sum\(labels(series.labels)) \(number(histogram.sum))\n"
            output += "\(name)_count\(labels(series.labels)) \(counts.last ?? 0)\n"
        }
    }

    private static func labels(_ labels: [(name: String, value: String)]) -> String {
        if labels.isEmpty { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escapedLabel($0.value))\"" }.joined(separator: ",") + "}"
    }

    /// Whole numbers without a fraction; infinities and NaN as Prometheus spells them.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return "\(whole)" }
        return "\(value)"
    }

    private static func escapedHelp(_ text: String) -> String {
        escaped(text, quote: false)
    }

    private static func escapedLabel(_ text: String) -> String {
        escaped(text, quote: true)
    }

    private static func escaped(_ text: String, quote: Bool) -> String {
        var output = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\"" where quote: output += "\\\""
            default: output.unicodeScalars.append(character)
            }
        }
        return output
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`
    static func isMetricName(_ name: String) -> Bool {
        isName(name, allowing: UInt8(ascii: ":"))
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`, and not `le`, which histograms use themselves.
    static func isLabelName(_ name: String) -> Bool {
        isName(name, allowing: nil) && name != "le"
    }

    private static func isName(_ name: String, allowing extra: UInt8?) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
            default: byte == extra
            }
        }
    }
}
