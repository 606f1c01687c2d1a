/// One packet out of a compound RTCP packet.
///
/// Source: RFC 3550 §6.4 to §6.6; RFC 3611.
public enum RTCPPacket: Sendable, Hashable {
    case senderReport(SenderReport)
    case receiverReport(ReceiverReport)
    /// The canonical names of the sources that gave one.
    case sourceDescription([SourceDescription])
    case goodbye(sources: [UInt32])
    case extendedReport(ExtendedReport)
    /// A type this does not read: APP, feedback.
    case other(type: UInt8)
}

public struct SenderReport: Sendable, Hashable {
    public var ssrc: UInt32
    /// The 64-bit NTP timestamp: seconds since 1900 and their fraction.
    public var ntpTimestamp: UInt64
    public var rtpTimestamp: UInt32
    public var packets: UInt32
    /// Octets of payload.
    public var octets: UInt32
    public var reports: [ReportBlock]

    public init(
        ssrc: UInt32,
        ntpTimestamp: UInt64,
        rtpTimestamp: UInt32,
        packets: UInt32,
        octets: UInt32,
        reports: [ReportBlock] = []
    ) {
        self.ssrc = ssrc
        self.ntpTimestamp = ntpTimestamp
        self.rtpTimestamp = rtpTimestamp
        self.packets = packets
        self.octets = octets
        self.reports = reports
    }
}

public struct ReceiverReport: Sendable, Hashable {
    public var ssrc: UInt32
    public var reports: [ReportBlock]

    public init(ssrc: UInt32, reports: [ReportBlock] = []) {
        self.ssrc = ssrc
        self.reports = reports
    }
}

/// What one receiver says about one source (RFC 3550 §6.4.1).
public struct ReportBlock: Sendable, Hashable {
    /// The source that is reported on.
    public var ssrc: UInt32
    /// In 1/256.
    public var fractionLost: UInt8
    /// −8 388 608...8 388 607; clamped when written.
    public var cumulativeLost: Int32
    public var extendedHighestSequence: UInt32
    /// In ticks of the RTP clock.
    public var jitter: UInt32
    /// The middle 32 bits of the last sender report's NTP timestamp; 0 when there was none.
    public var lastSenderReport: UInt32
    /// Since that report, in 1/65 536 s.
    public var delaySinceLastSenderReport: UInt32

    public init(
        ssrc: UInt32,
        fractionLost: UInt8,
        cumulativeLost: Int32,
        extendedHighestSequence: UInt32,
        jitter: UInt32,
        lastSenderReport: UInt32,
        delaySinceLastSenderReport: UInt32
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.cumulativeLost = cumulativeLost
        self.extendedHighestSequence = extendedHighestSequence
        self.jitter = jitter
        self.lastSenderReport = lastSenderReport
        self.delaySinceLastSenderReport = delaySinceLastSenderReport
    }
}

public struct SourceDescription: Sendable, Hashable {
    public var ssrc: UInt32
    public var canonicalName: String

    public init(ssrc: UInt32, canonicalName: String) {
        self.ssrc = ssrc
        self.canonicalName = canonicalName
    }
}

/// Packet types (RFC 3550 §12.1).
enum RTCPType {
    static let senderReport: UInt8 = 200
    static let receiverReport: UInt8 = 201
    static let sourceDescription: UInt8 = 202
    static let goodbye: UInt8 = 203
    /// RFC 3611 §2.
    static let extendedReport: UInt8 = 207
}

/// Why a datagram is no compound RTCP packet.
public enum RTCPParseError: Error, Sendable, Hashable {
    /// Shorter than its lengths say, or too short for its counts.
    case truncated
    /// Not version 2.
    case version
    /// The first packet is no report (RFC 3550 §6.1).
    case notCompound
    /// More packets than ``RTCPCompound/maximumPackets``.
    case tooMany
}
