import ArgumentParser
import Glibc

/// What the codec and media benchmarks measured, and how it is printed.
struct MediaBenchReport {
    enum Format: String, ExpressibleByArgument {
        case text, json
    }

    struct Result {
        var name: String
        var unit: String
        var rounds: [Double]

        var median: Double {
            let sorted = rounds.sorted()
            return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        }

        var minimum: Double { rounds.min() ?? 0 }
    }

    var results: [Result] = []

    func print(_ format: Format) {
        switch format {
        case .json:
            let items = results.map { result in
                "{\"name\":\"\(result.name)\",\"unit\":\"\(result.unit)\","
                    + "\"median\":\(Self.rounded(result.median)),\"min\":\(Self.rounded(result.minimum))}"
            }
            Swift.print("{\"results\":[\(items.joined(separator: ","))]}")
        case .text:
            let width = results.map(\.name.count).max() ?? 0
            for result in results {
                let name = result.name + String(repeating: " ", count: width - result.name.count)
                let figures = "median \(Self.rounded(result.median)), least \(Self.rounded(result.minimum))"
                Swift.print("\(name)  \(figures) \(result.unit)")
            }
        }
    }

    static func rounded(_ value: Double) -> Double {
        (value * 1_000).rounded() / 1_000
    }

    /// Nanoseconds of processor time that this process has used.
    static func processTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    /// Runs `body` for some rounds of equal length; nanoseconds of processor time for one call of it.
    static func measure(rounds: Int, milliseconds: Double, _ body: () -> Void) -> [Double] {
        let calls = calls(in: milliseconds, of: body)
        return (0..<rounds).map { _ in time(of: calls, body) }
    }

    /// Two things in turn, round by round, so that a machine that changes its speed does so for both.
    static func compare(
        rounds: Int,
        milliseconds: Double,
        _ first: () -> Void,
        _ second: () -> Void
    ) -> (first: [Double], second: [Double]) {
        let calls = (first: calls(in: milliseconds, of: first), second: calls(in: milliseconds, of: second))
        var result: (first: [Double], second: [Double]) = ([], [])
        for _ in 0..<rounds {
            result.first.append(time(of: calls.first, first))
            result.second.append(time(of: calls.second, second))
        }
        return result
    }

    /// As many calls as fill a round.
    private static func calls(in milliseconds: Double, of body: () -> Void) -> Int {
        body()
        var calls = 1
        while true {
            let spent = time(of: calls, body) * Double(calls)
            if spent >= milliseconds * 1e6 / 4 || calls >= 1 << 24 {
                return max(1, Int(Double(calls) * milliseconds * 1e6 / max(spent, 1)))
            }
            calls *= 2
        }
    }

    private static func time(of calls: Int, _ body: () -> Void) -> Double {
        let start = processTime()
        for _ in 0..<calls { body() }
        return (processTime() - start) / Double(calls)
    }

    /// A signal with the spectrum and the pauses of speech as far as tables and filters care: a buzz whose pitch and
    /// level move, with noise. 16-bit samples.
    static func voice(seconds: Int, rate: Int) -> [Int16] {
        var random: UInt64 = 0x5EED
        var phase = 0.0
        var low = 0.0
        return (0..<seconds * rate).map { index in
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let noise = Double(Int32(truncatingIfNeeded: random >> 32)) / Double(Int32.max)
            let time = Double(index) / Double(rate)
            phase += (110 + 30 * sin(time * 2.3)) / Double(rate)
            phase -= phase.rounded(.down)
            let envelope = max(0, sin(time * 9)) * max(0, sin(time * 1.1) + 0.6)
            low += 0.25 * ((phase * 2 - 1) + 0.15 * noise - low)
            return Int16(max(-32_000, min(32_000, low * envelope * 12_000)))
        }
    }
}
