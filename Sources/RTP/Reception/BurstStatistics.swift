/// How the packets of a stream that were not played lie among those that were: in bursts or alone.
///
/// Lost is what never came and what came too late. A burst begins and ends with a lost packet, and has fewer than
/// ``gapThreshold`` packets in a row that were played; a lost packet with as many on either side belongs to the gap.
///
/// Source: RFC 3611 §4.7.2.
public struct BurstStatistics: Sendable, Hashable {
    /// Gmin of RFC 3611 §4.7.2.
    public static let gapThreshold = 16

    /// Packets in bursts, and those of them that were lost.
    public private(set) var burstPackets = 0
    public private(set) var burstLost = 0
    /// Packets in gaps, and those of them that were lost.
    public private(set) var gapPackets = 0
    public private(set) var gapLost = 0
    /// Bursts that have ended.
    public private(set) var bursts = 0
    /// Runs of lost packets in a row.
    public private(set) var runs = 0

    /// Packets played since the last lost one.
    private var playedInRow = 0
    /// Packets from the first lost one of what may be a burst to the last, and the lost ones among them.
    private var openPackets = 0
    private var openLost = 0

    public init() {}

    /// Counts a packet that is played, behind this many that were not.
    public mutating func count(lostBefore lost: Int) {
        if lost > 0 {
            runs += 1
            if openLost > 0, playedInRow < Self.gapThreshold {
                openPackets += playedInRow
            } else {
                close()
                gapPackets += playedInRow
            }
            openPackets += lost
            openLost += lost
            playedInRow = 0
        }
        playedInRow += 1
    }

    /// The same with everything that is still open counted.
    public var closed: BurstStatistics {
        var copy = self
        copy.close()
        copy.gapPackets += copy.playedInRow
        copy.playedInRow = 0
        return copy
    }

    private mutating func close() {
        if openLost == 1 {
            gapPackets += 1
            gapLost += 1
        } else if openLost > 1 {
            burstPackets += openPackets
            burstLost += openLost
            bursts += 1
        }
        openPackets = 0
        openLost = 0
    }

    /// Share of packets that were not played, 0 to 1.
    public var lossShare: Double {
        let all = closed
        let packets = all.burstPackets + all.gapPackets
        return packets == 0 ? 0 : Double(all.burstLost + all.gapLost) / Double(packets)
    }

    /// The mean length of a run of lost packets over what it would be if each were lost by itself: BurstR of ITU-T
    /// G.107 §7.2.1; 1 without loss.
    public var burstRatio: Double {
        let all = closed
        guard runs > 0 else { return 1 }
        return max(1, Double(all.burstLost + all.gapLost) / Double(runs) * (1 - lossShare))
    }
}
