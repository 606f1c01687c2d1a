import RTP
import Timing

/// The RTCP of a leg: when reports are due, what they say, and what the peer's say about us.
///
/// Source: RFC 3550 §6.2 to §6.4 with the fixed minimum interval of 5 s; two members never need more.
struct ReportExchange {
    private static let interval: Int64 = 5_000_000_000
    /// Seconds from 1900 to 1970.
    private static let ntpOffset: Int64 = 2_208_988_800

    private(set) var roundTripMilliseconds: Double?
    /// Share of our packets that the peer lost, as its reports say, 0 to 1; the last ones count most. `nil`: no report.
    private(set) var lossAtPeer: Double?
    /// The peer's view of the call by its last extended report.
    private(set) var metricsOfPeer: VoIPMetrics?

    private let wallClock: Int64
    private var random: UInt64
    private var due: MonotonicTime?
    /// The peer has sent an extended report, so it knows what one is.
    private var takesExtendedReports = false
    private var lastSenderReport: (middle: UInt32, arrival: MonotonicTime)?

    init(identity: LegIdentity) {
        wallClock = identity.wallClock
        random = identity.seed
    }

    /// Whether a report is due; the first is half an interval after the leg has a peer.
    mutating func isDue(at now: MonotonicTime) -> Bool {
        guard let due else {
            self.due = now + .nanoseconds(nextInterval() / 2)
            return false
        }
        guard due <= now else { return false }
        self.due = now + .nanoseconds(nextInterval())
        return true
    }

    /// Appends a compound packet: a sender or receiver report and the CNAME, and BYE at the end.
    mutating func append(
        send: SendPath,
        receive: inout ReceivePath,
        counters: LegCounters,
        quality: CallQuality,
        at now: MonotonicTime,
        isLast: Bool,
        to bytes: inout [UInt8]
    ) {
        let reports = block(of: &receive, at: now).map { [$0] } ?? []
        if send.hasSent {
            let report = SenderReport(
                ssrc: send.ssrc,
                ntpTimestamp: ntp(at: now),
                rtpTimestamp: send.timestamp,
                packets: UInt32(truncatingIfNeeded: counters.packetsSent),
                octets: UInt32(truncatingIfNeeded: counters.octetsSent),
                reports: reports
            )
            RTCPCompound.append(report, to: &bytes)
        } else {
            RTCPCompound.append(ReceiverReport(ssrc: send.ssrc, reports: reports), to: &bytes)
        }
        RTCPCompound.append(SourceDescription(ssrc: send.ssrc, canonicalName: send.canonicalName), to: &bytes)
        if takesExtendedReports, let ssrc = receive.ssrc {
            let metrics = quality.metrics(of: ssrc, roundTrip: roundTripMilliseconds)
            RTCPCompound.append(ExtendedReport(ssrc: send.ssrc, voiceMetrics: [metrics]), to: &bytes)
        }
        if isLast { RTCPCompound.appendGoodbye(of: send.ssrc, to: &bytes) }
    }

    /// Takes the packets of a compound from the peer. What names sources we do not know is passed over.
    mutating func receive(_ packets: [RTCPPacket], peer: UInt32?, own: UInt32, at now: MonotonicTime) {
        for packet in packets {
            switch packet {
            case .senderReport(let report):
                if report.ssrc == peer || peer == nil {
                    lastSenderReport = (UInt32(truncatingIfNeeded: report.ntpTimestamp >> 16), now)
                }
                measure(report.reports, own: own, at: now)
            case .receiverReport(let report):
                measure(report.reports, own: own, at: now)
            case .extendedReport(let report):
                takesExtendedReports = true
                metricsOfPeer = report.voiceMetrics.first { $0.ssrc == own } ?? metricsOfPeer
            case .sourceDescription, .goodbye, .other:
                break
            }
        }
    }

    private mutating func measure(_ reports: [ReportBlock], own: UInt32, at now: MonotonicTime) {
        for report in reports where report.ssrc == own {
            let loss = Double(report.fractionLost) / 256
            // More is believed at once, less by and by.
            lossAtPeer = lossAtPeer.map { loss > $0 ? loss : ($0 + loss) / 2 } ?? loss
            guard report.lastSenderReport != 0 else { continue }
            let middle = UInt32(truncatingIfNeeded: ntp(at: now) >> 16)
            let trip = middle &- report.lastSenderReport &- report.delaySinceLastSenderReport
            // A clock that was set, or a peer that makes numbers up, gives nonsense: 10 s is no round trip.
            guard trip < 10 << 16 else { continue }
            roundTripMilliseconds = Double(trip) * 1_000 / 65_536
        }
    }

    private func block(of receive: inout ReceivePath, at now: MonotonicTime) -> ReportBlock? {
        guard let ssrc = receive.ssrc else { return nil }
        let fraction = receive.takeFractionLost()
        let sinceReport = lastSenderReport.map { (now - $0.arrival).nanoseconds } ?? 0
        let delay = max(0, min(sinceReport, 60_000_000_000)) * 65_536 / 1_000_000_000
        return ReportBlock(
            ssrc: ssrc,
            fractionLost: fraction,
            cumulativeLost: Int32(clamping: receive.statistics.cumulativeLost),
            extendedHighestSequence: receive.statistics.extendedHighestSequence,
            jitter: receive.statistics.jitterTicks,
            lastSenderReport: lastSenderReport?.middle ?? 0,
            delaySinceLastSenderReport: UInt32(clamping: delay)
        )
    }

    private func ntp(at now: MonotonicTime) -> UInt64 {
        let unix = wallClock &+ now.nanoseconds
        let (seconds, rest) = unix.quotientAndRemainder(dividingBy: 1_000_000_000)
        let fraction = UInt64(max(rest, 0)) << 32 / 1_000_000_000
        return UInt64(UInt32(truncatingIfNeeded: seconds &+ Self.ntpOffset)) << 32 | fraction
    }

    /// 0.5 to 1.5 times the interval, divided by e − 3/2 (RFC 3550 §6.3.1).
    private mutating func nextInterval() -> Int64 {
        // SplitMix64.
        random &+= 0x9E37_79B9_7F4A_7C15
        var mixed = random
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        let fraction = Double((mixed ^ mixed >> 31) >> 11) / Double(UInt64(1) << 53)
        return Int64(Double(Self.interval) * (0.5 + fraction) / 1.218_28)
    }
}
