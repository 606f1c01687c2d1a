import ArgumentParser
import SRTP

/// Processor time of protecting a packet and of taking it in again.
struct BenchSRTP: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "srtp",
        abstract: "Measures SRTP: nanoseconds of processor time for a packet of 20 ms of G.711, by suite."
    )

    @Option(help: "text or json.")
    var format: MediaBenchReport.Format = .text

    @Option(help: "Rounds of which the median and the least are given.")
    var rounds = 9

    @Option(help: "Milliseconds of processor time that a round takes.")
    var roundLength = 50.0

    func validate() throws {
        guard rounds > 0, roundLength > 0 else { throw ValidationError("rounds and round-length must be positive") }
    }

    func run() throws {
        var report = MediaBenchReport()
        for suite in SRTPSuite.allCases {
            let protection = try measure(suite, isTakenIn: false)
            let both = try measure(suite, isTakenIn: true)
            report.results.append(.init(name: "\(suite) protect", unit: "ns/packet", rounds: protection))
            report.results.append(.init(name: "\(suite) protect and unprotect", unit: "ns/packet", rounds: both))
        }
        report.print(format)
    }

    private func measure(_ suite: SRTPSuite, isTakenIn: Bool) throws -> [Double] {
        let count = suite.keyLength + suite.saltLength
        guard let key = SRTPMasterKey(suite, keyAndSalt: (0..<count).map { UInt8($0) }) else { return [] }
        let sender = try SRTPSender(key)
        let receiver = try SRTPReceiver(key)
        let template = [0x80, 8, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4] + [UInt8](repeating: 0xD5, count: 160)
        var packet: [UInt8] = []
        var sequenceNumber: UInt16 = 0
        return MediaBenchReport.measure(rounds: rounds, milliseconds: roundLength) {
            packet.removeAll(keepingCapacity: true)
            packet.append(contentsOf: template)
            packet[2] = UInt8(sequenceNumber >> 8)
            packet[3] = UInt8(truncatingIfNeeded: sequenceNumber)
            sequenceNumber &+= 1
            do throws(SRTPError) {
                try sender.protectRTP(&packet)
                guard isTakenIn else { return }
                var span = packet.mutableSpan
                _ = try receiver.unprotectRTP(&span)
            } catch {
                preconditionFailure("\(suite): \(error)")
            }
        }
    }
}
