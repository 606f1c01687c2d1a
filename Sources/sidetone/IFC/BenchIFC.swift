import ArgumentParser
import Foundation
import Glibc
import IMS
import SIP

/// `sidetone bench ifc SECONDS MESSAGE PROFILE OP`: CPU time for each evaluation of a loaded profile.
///
/// The dialect is Kamailio's by default, because the profiles it is compared on have RequestURI patterns over the
/// whole URI.
struct BenchIFC: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ifc", abstract: "Measures the evaluation of a service profile.")

    @Argument(help: "How long to measure.")
    var seconds: Double

    @Argument(help: "A SIP request.")
    var message: String

    @Argument(help: "A service profile.")
    var profile: String

    @Argument(help: "The name to print the result under.")
    var op: String

    @Option(help: "Whose reading of the profile to follow.")
    var dialect: IFCDialect = .kamailio

    private static let rounds = 9

    func run() throws {
        let document = try IFCFiles.profile(profile)
        let request = try IFCFiles.request(message)
        guard let first = document.subscription.serviceProfiles.first else {
            throw ValidationError("the document has no service profile")
        }
        let compiled = CompiledProfile(first, dialect: dialect.value)
        let context = EvaluationContext(sessionCase: IFCSubject.statedSessionCase(request) ?? .originating)

        if let fixed = ProcessInfo.processInfo.environment["BENCH_FIXED"].flatMap({ Int($0) }) {
            _ = evaluate(compiled, request, context, times: fixed)
            return
        }
        // Find how many evaluations take about 20 ms, then take the median of equal rounds.
        var calibrated = 0
        let begin = Self.processTime()
        while Self.processTime() - begin < 20_000_000 { calibrated += evaluate(compiled, request, context, times: 100) }
        let elapsed = max(1, Self.processTime() - begin)
        let wanted = seconds * 1e9 / Double(Self.rounds) * Double(calibrated) / Double(elapsed)
        let count = Int(min(max(wanted, 10), 1e9))
        var results: [Double] = []
        for _ in 0..<Self.rounds {
            let start = Self.processTime()
            _ = evaluate(compiled, request, context, times: count)
            results.append(Double(Self.processTime() - start) / Double(count))
        }
        results.sort()
        print("peer=ours op=\(op) ns=\(String(format: "%.1f", results[Self.rounds / 2]))")
    }

    /// - Returns: How often it evaluated.
    @inline(never)
    private func evaluate(
        _ profile: CompiledProfile, _ request: SIPRequest, _ context: EvaluationContext, times: Int
    ) -> Int {
        var matched = 0
        for _ in 0..<times { matched &+= profile.matches(request, in: context).count }
        // Keeps the optimiser from dropping the loop.
        return matched == .min ? 0 : times
    }

    /// Nanoseconds of CPU time of this process.
    private static func processTime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
