import ApplicationServer
import ArgumentParser
import Codecs
import Foundation
import NIOCore
import NIOPosix
import ReferenceAS
import SDP
import SIP

/// `sidetone call URI`: a softphone for scripts.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Places a call, plays a WAV, records what comes back, prints a timeline.",
        discussion: "Exits with 0 if the call was answered and ended in order, with 1 if not."
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    enum Transport: String, ExpressibleByArgument, CaseIterable {
        case udp, tcp, tls
    }

    enum Encryption: String, ExpressibleByArgument, CaseIterable {
        case off, sdes, dtls

        var protection: CallProtection {
            switch self {
            case .off: CallProtection(policy: .off)
            case .sdes: CallProtection(policy: .require, agreements: [.descriptions])
            case .dtls: CallProtection(policy: .require, agreements: [.dtls])
            }
        }
    }

    @Argument(help: "Whom to call: a SIP URI.")
    var uri: String

    @Option(help: "Who calls.")
    var from = "sip:caller@sidetone.invalid"

    @Option(help: "Next hop instead of the URI's own host, HOST:PORT.")
    var via: String?

    @Option(help: "udp or tcp.")
    var transport = Transport.udp

    @Option(help: "A codec to offer, preferred first; may be repeated.")
    var codec: [String] = []

    @Option(help: "Encrypt the media, and how to agree on keys: sdes or dtls; off leaves it plain.")
    var srtp = Encryption.off

    @Option(help: "WAV file to play; may be repeated.")
    var play: [String] = []

    @Option(help: "Text to say instead of a WAV file; may be repeated.")
    var say: [String] = []

    @Flag(help: "Wait with each --play or --say until the other side has spoken and fallen silent.")
    var takeTurns = false

    @Option(help: "WAV file for what is heard.")
    var record: String?

    @Option(help: "Digits to send after what is played.")
    var dtmf: String?

    @Option(help: "Hang up this many seconds after the answer.")
    var duration: Double?

    @Option(help: "A header field to add to the INVITE, 'Name: value'; may be repeated.")
    var header: [String] = []

    @Option(help: "Address of this host to call from; found by itself if not given.")
    var local: String?

    @Option(help: "text or json.")
    var format = Format.text

    func validate() throws {
        if transport == .tls { throw ValidationError("this build has no TLS for SIP") }
        if !play.isEmpty, !say.isEmpty { throw ValidationError("--play and --say exclude each other") }
        for name in codec where Self.formats(named: name).isEmpty {
            throw ValidationError("\(name): this build has \(CodecCatalog.encodingNames.joined(separator: ", "))")
        }
        if let duration, !(0...86_400).contains(duration) {
            throw ValidationError("--duration takes 0 to 86400 seconds")
        }
        if let dtmf, !dtmf.allSatisfy({ "0123456789*#ABCD".contains($0) }) {
            throw ValidationError("--dtmf takes 0-9, *, # and A-D")
        }
        for field in header where !field.contains(":") { throw ValidationError("--header takes 'Name: value'") }
        do { _ = try SIPURI(parsing: uri) } catch { throw ValidationError("\(uri): \(error)") }
    }

    private static func formats(named name: String) -> [PayloadFormat] {
        guard CodecCatalog.encodingNames.contains(where: { $0.lowercased() == name.lowercased() }) else { return [] }
        return PayloadFormat.formats(named: name)
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let report: SoftphoneReport
        do {
            report = try await place(group)
        } catch {
            Output.note("sidetone: \(error)")
            throw ExitCode.failure
        }
        try await group.shutdownGracefully()
        switch format {
        case .json: try Output.json(report)
        case .text: print(Self.summary(report))
        }
        if report.outcome != .completed { throw ExitCode.failure }
    }

    private func place(_ group: any EventLoopGroup) async throws -> SoftphoneReport {
        let plan = try makePlan()
        guard let hop = try plan.hop ?? Hop(SIPURI(parsing: uri)) else {
            throw SystemError("\(uri) names no host: say where to send it with --via")
        }
        let address: String
        if let local { address = local } else { address = try await LocalAddress.reaching(hop, group) }
        let offered = codec.flatMap(Self.formats(named:))
        let phone = try Softphone(
            configuration: Softphone.Configuration(
                address: address,
                transport: transport == .tcp ? .tcp : .udp,
                codecs: offered.isEmpty ? [.pcma, .pcmu] : offered,
                protection: srtp.protection
            ),
            group: group,
            logger: Output.logger("sidetone.call", level: .warning)
        )
        try await phone.start()
        let isText = format == .text
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await phone.answerCalls() }
            let result: Result<SoftphoneReport, any Error>
            do {
                result = .success(
                    try await phone.call(plan) { event in
                        if isText { Output.line(String(format: "%7d ms  ", event.atMs) + event.event) }
                    }
                )
            } catch {
                result = .failure(error)
            }
            await phone.stop()
            return try result.get()
        }
    }

    private func makePlan() throws -> SoftphoneCallPlan {
        var plan = SoftphoneCallPlan(target: uri, from: from)
        if let via {
            guard let hopURI = try? SIPURI(parsing: "sip:\(via)") else {
                throw SystemError("--via takes HOST:PORT, not \(via)")
            }
            plan.hop = Hop(
                transport: transport == .tcp ? .tcp : .udp,
                host: hopURI.host,
                port: hopURI.port ?? 5_060
            )
        } else if transport == .tcp, let target = try? SIPURI(parsing: uri), !target.host.isEmpty {
            plan.hop = Hop(transport: .tcp, host: target.host, port: target.port ?? 5_060)
        }
        for field in header {
            let parts = field.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            plan.headers.append(HeaderName(String(parts[0])), parts[1].trimmingCharacters(in: .whitespaces))
        }
        plan.steps = try (play + SpokenFiles.make(say)).map { .play(file: $0) }
        if let dtmf { plan.steps.append(.digits(dtmf)) }
        plan.takesTurns = takeTurns
        plan.recordReceived = record
        plan.duration = duration.map { .milliseconds(Int64($0 * 1_000)) }
        return plan
    }

    private static func summary(_ report: SoftphoneReport) -> String {
        var parts = ["\(report.outcome.rawValue)"]
        if let status = report.status { parts.append("status \(status)") }
        if let codec = report.codec { parts.append(codec) }
        if let setup = report.setupMs { parts.append("set-up \(setup) ms") }
        if let first = report.firstAudioMs { parts.append("first audio \(first) ms") }
        if let duration = report.durationMs { parts.append("duration \(duration) ms") }
        parts.append("packets \(report.packetsSent) sent, \(report.packetsReceived) received")
        return parts.joined(separator: " · ")
    }
}
