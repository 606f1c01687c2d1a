import ArgumentParser
import Foundation
import Glibc
import SDP
import SIP

/// `sidetone bench parse SECONDS FILE`: process CPU time for each way of parsing a SIP message.
///
/// With `BENCH_FIXED=N` and `BENCH_OP=op` in the environment it makes N calls of that operation and prints nothing,
/// so that instructions can be counted.
struct BenchParse: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "parse", abstract: "Measures the SIP parser.")

    @Argument(help: "How long to measure each operation.")
    var seconds: Double

    @Argument(help: "A SIP message as it comes off the wire.")
    var file: String

    enum Operation: String, CaseIterable {
        /// Our own parse call: framing, start line, table of fields.
        case native
        /// Every header typed.
        case full
        /// And the session description.
        case fullSDP = "full+sdp"
    }

    func run() throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            Output.note("sidetone: \(file) cannot be read")
            throw ExitCode(66)
        }
        let bytes = [UInt8](data)
        let environment = ProcessInfo.processInfo.environment
        if let count = environment["BENCH_FIXED"].flatMap({ Int($0) }) {
            guard let operation = Operation(rawValue: environment["BENCH_OP"] ?? "native") else {
                throw ValidationError("BENCH_OP is native, full or full+sdp")
            }
            for _ in 0..<max(0, count) { try TypedParse.run(operation, bytes) }
            return
        }
        for operation in Operation.allCases {
            var count = 0
            var elapsed = 0.0
            let start = Self.processTime()
            repeat {
                for _ in 0..<100 { try TypedParse.run(operation, bytes) }
                count += 100
                elapsed = Self.processTime() - start
            } while elapsed < seconds
            let nanoseconds = Int(elapsed * 1e9 / Double(count))
            print("peer=ours op=\(operation.rawValue) file=\(file) bytes=\(bytes.count) n=\(count) ns=\(nanoseconds)")
        }
    }

    private static func processTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// What each operation does with a message.
enum TypedParse {
    private static let addressFields: [HeaderName] = [
        .from, .to, .contact, .route, .recordRoute, .pAssertedIdentity, .pAssociatedURI, .pCalledPartyID, .path,
        .serviceRoute, .referredBy,
    ]
    private static let tokenFields: [HeaderName] = [
        .allow, .supported, .require, .contentDisposition, .requestDisposition, .pEarlyMedia, .infoPackage, .recvInfo,
    ]
    private static let textFields: [HeaderName] = [.userAgent, .server, .subject]

    @inline(never)
    static func run(_ operation: BenchParse.Operation, _ bytes: [UInt8]) throws {
        let message = try SIPMessage(parsing: bytes)
        guard operation != .native else { return }
        let headers = message.headers
        _ = try headers.vias()
        _ = try headers.cSeq()
        _ = try headers.callID()
        _ = try headers.maxForwards()
        for name in addressFields { _ = try headers.addresses(name) }
        for name in tokenFields { _ = try headers.tokens(name) }
        for name in textFields { _ = headers.first(name) }
        _ = try (headers.contentType(), headers.acceptedTypes(), headers.event(), headers.reasons())
        _ = try (headers.sessionExpires(), headers.minSE(), headers.privacy(), headers.referTo())
        _ = try (headers.pServedUser(), headers.historyInfo(), headers.pAccessNetworkInfo())
        _ = try (headers.pChargingVector(), headers.pChargingFunctionAddresses(), headers.pVisitedNetworkIDs())
        _ = try (headers.acceptContacts(), headers.resourcePriorities(), headers.userToUser(), headers.sessionID())
        _ = try (headers.pAssertedServices(), headers.pPreferredServices())
        if case .request(let request) = message { _ = try request.uri() }
        if operation == .fullSDP, !message.body.isEmpty { _ = try SessionDescription(parsing: message.body).media }
    }
}
