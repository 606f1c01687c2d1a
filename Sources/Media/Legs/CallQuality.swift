import RTP

/// What is known of a leg's quality: what an estimate and a report to the peer are made of.
struct CallQuality {
    var encodingName: String
    var bursts: BurstStatistics
    /// Packets received, and those of them that came too late.
    var packets: UInt64
    var late: UInt64
    /// Milliseconds, as those that follow.
    var packetTime: Int
    var playoutDelay: Double
    var maximumDelay: Int

    /// Milliseconds that this end adds: a packet is gathered by the sender, waits, and is heard a frame at a time.
    private var endDelay: Double { playoutDelay + Double(packetTime) }

    /// - Parameter roundTrip: Of the network in milliseconds; half of it is one way.
    func model(roundTrip: Double?) -> EModel {
        EModel(
            codec: CodecImpairment(encodingName: encodingName),
            lossShare: bursts.lossShare,
            burstRatio: bursts.burstRatio,
            delay: endDelay + (roundTrip ?? 0) / 2
        )
    }

    /// The report block for the peer.
    func metrics(of ssrc: UInt32, roundTrip: Double?) -> VoIPMetrics {
        let (all, model) = (bursts.closed, model(roundTrip: roundTrip))
        let discarded = packets == 0 ? 0 : Double(late) / Double(packets)
        var metrics = VoIPMetrics(ssrc: ssrc)
        metrics.lossRate = Self.share(max(0, bursts.lossShare - discarded), 1)
        metrics.discardRate = Self.share(discarded, 1)
        metrics.burstDensity = Self.share(Double(all.burstLost), Double(all.burstPackets))
        metrics.gapDensity = Self.share(Double(all.gapLost), Double(all.gapPackets))
        metrics.burstDuration = Self.milliseconds(all.burstPackets * packetTime / max(all.bursts, 1))
        metrics.gapDuration = Self.milliseconds(all.gapPackets * packetTime / (all.bursts + 1))
        metrics.roundTripDelay = Self.milliseconds(Int(roundTrip ?? 0))
        metrics.endSystemDelay = Self.milliseconds(Int(endDelay))
        metrics.rating = UInt8(clamping: Int(model.conversationalRating.rounded()))
        metrics.listeningScore = UInt8(clamping: Int((model.listeningScore * 10).rounded()))
        metrics.conversationalScore = UInt8(clamping: Int((model.conversationalScore * 10).rounded()))
        metrics.receiverConfiguration = 0xF0
        metrics.nominalDelay = Self.milliseconds(Int(playoutDelay))
        metrics.maximumDelay = Self.milliseconds(maximumDelay)
        metrics.absoluteMaximumDelay = Self.milliseconds(maximumDelay)
        return metrics
    }

    private static func share(_ part: Double, _ whole: Double) -> UInt8 {
        whole > 0 ? UInt8(clamping: Int(min(max(part / whole, 0), 1) * 256)) : 0
    }

    private static func milliseconds(_ value: Int) -> UInt16 { UInt16(clamping: value) }
}
