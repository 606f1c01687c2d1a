import ArgumentParser
import Foundation
import Glibc
import IMS
import SIP

/// `sidetone bench ifc-mix`: evaluation, loading and checking of service profiles, beside glibc's `regexec` over the
/// same patterns and texts in the same run.
struct BenchIFCMix: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ifc-mix", abstract: "Measures evaluation, loading and checking of service profiles.")

    @Option(help: "Rounds; each figure is their median.")
    var rounds = 15

    @Option(help: "text or json.")
    var format: IFCFormat = .text

    struct Figure: Encodable {
        let name: String
        let unit: String
        let median: Double
        let min: Double
    }

    private struct Report: Encodable { let results: [Figure] }

    func run() throws {
        let figures = try evaluation() + loading() + hostile()
        switch format {
        case .json: try IFCJSON.print(Report(results: figures))
        case .text:
            for figure in figures {
                let name = figure.name.padding(toLength: 54, withPad: " ", startingAt: 0)
                print(String(format: "%@ %12.3f %@ (min %.3f)", name, figure.median, figure.unit, figure.min))
            }
        }
    }

    /// The two sides alternate within each round.
    private func evaluation() throws -> [Figure] {
        let request = try IFCBenchMix.request()
        let context = EvaluationContext(sessionCase: .originating)
        let first = IFCBenchMix.profile(IFCBenchMix.decidedByFirst)
        let worst = IFCBenchMix.profile(IFCBenchMix.worst)
        let reference = IFCReferencePatterns(IFCBenchMix.worst, request)
        guard first.matches(request, in: context).isEmpty, worst.matches(request, in: context).isEmpty else {
            throw ValidationError("the mix must not match")
        }
        var results: [[Double]] = [[], [], []]
        for _ in 0..<rounds {
            results[0].append(IFCBenchClock.nanoseconds(20_000) { first.matches(request, in: context).count })
            results[1].append(IFCBenchClock.nanoseconds(5_000) { worst.matches(request, in: context).count })
            results[2].append(IFCBenchClock.nanoseconds(2_000) { reference.matches() })
        }
        let names = [
            "ten criteria, the first SPT decides", "ten criteria, worst mix, no match",
            "glibc regexec over the patterns of the worst mix",
        ]
        return zip(names, results).map { Self.figure($0, "ns", $1) }
    }

    private func loading() -> [Figure] {
        let twenty = IFCBenchMix.document(criteria: 20)
        let subscriber = IFCBenchMix.document(criteria: 4)
        let parsed = ProfileDocument(reading: twenty).subscription.serviceProfiles.first ?? ServiceProfile()
        var results: [[Double]] = [[], [], [], []]
        for _ in 0..<rounds {
            results[0].append(IFCBenchClock.nanoseconds(20) { CompiledProfile(parsed).count } / 1_000)
            results[1].append(
                IFCBenchClock.nanoseconds(10) {
                    CompiledProfile(
                        ProfileDocument(reading: twenty).subscription.serviceProfiles.first ?? ServiceProfile()
                    ).count
                } / 1_000)
            results[2].append(
                IFCBenchClock.nanoseconds(10) {
                    ProfileValidator(ProfileDocument(reading: subscriber), isPortabilityChecked: false).diagnostics()
                        .count
                } / 1_000)
            results[3].append(
                IFCBenchClock.nanoseconds(10) {
                    ProfileValidator(ProfileDocument(reading: subscriber)).diagnostics().count
                } / 1_000)
        }
        let names = [
            "compile 20 criteria", "read and compile 20 criteria", "validate a subscriber of 4 criteria",
            "validate it with portability",
        ]
        return zip(names, results).map { Self.figure($0, "us", $1) }
    }

    private func hostile() throws -> [Figure] {
        let document = IFCBenchMix.hostileDocument()
        let request = try IFCBenchMix.hostileRequest()
        let context = EvaluationContext(sessionCase: .originating)
        let parsed = ProfileDocument(reading: document).subscription.serviceProfiles.first ?? ServiceProfile()
        let compiled = CompiledProfile(parsed)
        let single = try ExtendedRegularExpression("^(a|b)*a(a|b){62}$")
        let subject = [UInt8](repeating: UInt8(ascii: "a"), count: 4_096)
        var results: [[Double]] = [[], [], []]
        for _ in 0..<rounds {
            results[0].append(
                IFCBenchClock.nanoseconds(1) {
                    CompiledProfile(
                        ProfileDocument(reading: document).subscription.serviceProfiles.first ?? ServiceProfile()
                    ).count
                } / 1e6)
            results[1].append(IFCBenchClock.nanoseconds(5) { single.matches(subject.span) ? 1 : 0 } / 1e6)
            results[2].append(IFCBenchClock.nanoseconds(2) { compiled.matches(request, in: context).count } / 1e6)
        }
        let names = [
            "read and compile 200 hostile patterns", "match one hostile pattern on 4 KiB",
            "evaluate the hostile profile on 4 KiB",
        ]
        return zip(names, results).map { Self.figure($0, "ms", $1) }
    }

    private static func figure(_ name: String, _ unit: String, _ values: [Double]) -> Figure {
        let sorted = values.sorted()
        return Figure(name: name, unit: unit, median: sorted[sorted.count / 2], min: sorted[0])
    }
}

enum IFCBenchClock {
    /// CPU nanoseconds of this process for one of `count` calls.
    @inline(never)
    static func nanoseconds(_ count: Int, _ body: () -> Int) -> Double {
        var sum = 0
        let start = now()
        for _ in 0..<count { sum &+= body() }
        let elapsed = now() - start
        // Keeps the optimiser from dropping the loop.
        return sum == .min ? 0 : Double(elapsed) / Double(count)
    }

    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}

/// The patterns of criteria, run by the C library over the texts that they are matched on.
final class IFCReferencePatterns {
    private var compiled: [(pattern: UnsafeMutablePointer<regex_t>, texts: [[CChar]])] = []

    init(_ criteria: [[ServicePointTrigger.Test]], _ request: SIPRequest) {
        for test in criteria.flatMap({ $0 }) {
            let (pattern, texts): (String, [String])
            switch test {
            case .requestURI(let text):
                (pattern, texts) = (text, [request.requestURI.split(separator: "@").last.map(String.init) ?? ""])
            case .sipHeader(let name, let content?): (pattern, texts) = (content, request.headers.all(HeaderName(name)))
            case .sessionDescription(let line, let content?):
                let body = String(decoding: request.body, as: UTF8.self)
                let lines = body.split(separator: "\r\n").filter { $0.hasPrefix(line + "=") }
                (pattern, texts) = (content, lines.map { String($0.dropFirst(2)) })
            default: continue
            }
            let memory = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
            guard regcomp(memory, pattern, REG_EXTENDED | REG_NOSUB) == 0 else {
                memory.deallocate()
                continue
            }
            compiled.append((memory, texts.map { Array($0.utf8CString) }))
        }
    }

    deinit {
        for (pattern, _) in compiled {
            regfree(pattern)
            pattern.deallocate()
        }
    }

    func matches() -> Int {
        var found = 0
        for (pattern, texts) in compiled {
            for text in texts where regexec(pattern, text, 0, nil, 0) == 0 { found += 1 }
        }
        return found
    }
}
