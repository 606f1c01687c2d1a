import Codecs
import RTP
import Timing

/// From RTP packets to even frames of samples: jitter buffer, decoder, concealment, digits, level.
struct ReceivePath {
    /// Frames from one change of the delay in the middle of sound to the next: 60 ms, so that speech is at most a fifth
    /// faster or slower.
    private static let rest = 3
    /// Frames for which sound without a pause may keep the delay from being shortened: 2 s.
    private static let patience = 100
    /// Frames after a loss for which the delay is as long as copies in later packets need: 10 s.
    private static let memoryOfLoss = 500

    private(set) var statistics: ReceptionStatistics
    private(set) var bursts = BurstStatistics()
    /// Milliseconds that a fast packet waits to be played, smoothed over some seconds.
    private(set) var playoutDelay: Double?
    private(set) var ssrc: UInt32?
    private(set) var hasFirstPacket = false

    private let configuration: LegConfiguration
    private var maximumPayload = 0
    private var clockRate = 8_000
    private var jitterBuffer: JitterBuffer
    private var digits = TelephoneEventReceiver()
    private var detector: SpeechDetector
    /// `nil` where the level alone counts.
    private var voice: VoiceDetector?
    private var hasFirstSound = false
    private var payload: [UInt8] = []
    private var noise = ComfortNoise()
    /// The source described its noise (RFC 3389) and has not spoken since.
    private var isInNoise = false
    private var samples: [Int16] = []
    private var scaling = TimeScaling(sampleRate: 8_000)
    private var framesSinceChange = 0
    private var framesWithSpare = 0
    private var framesSinceLoss = Self.memoryOfLoss

    init(configuration: LegConfiguration) {
        self.configuration = configuration
        detector = SpeechDetector(level: configuration.soundLevel, silenceLimit: configuration.silenceLimit)
        voice = configuration.speech == .voice ? VoiceDetector(level: configuration.soundLevel) : nil
        statistics = ReceptionStatistics(clockRate: clockRate)
        // Without a codec nothing is received.
        jitterBuffer = JitterBuffer(configuration: JitterBuffer.Configuration(slots: 1, maximumPayload: 1))
    }

    /// Another codec: the audio on its way is forgotten, and with another clock the statistics begin anew.
    mutating func change(to codec: any SpeechCodec) {
        if codec.clockRate != clockRate {
            clockRate = codec.clockRate
            statistics = ReceptionStatistics(clockRate: clockRate)
            ssrc = nil
            maximumPayload = 0
        }
        if codec.maximumPayload != maximumPayload {
            maximumPayload = codec.maximumPayload
            jitterBuffer = JitterBuffer(
                configuration: JitterBuffer.Configuration(
                    clockRate: clockRate,
                    initialDelay: configuration.initialJitterDelay,
                    maximumDelay: configuration.maximumJitterDelay,
                    maximumPayload: maximumPayload
                )
            )
        }
        reset(codec: codec)
    }

    /// Forgets the audio on its way, as on hold; what was counted stays.
    mutating func reset(codec: any SpeechCodec) {
        jitterBuffer.reset()
        samples.removeAll(keepingCapacity: true)
        isInNoise = false
        scaling = TimeScaling(sampleRate: codec.sampleRate)
        framesSinceLoss = Self.memoryOfLoss
        codec.reset()
    }

    mutating func takeFractionLost() -> UInt8 {
        statistics.takeFractionLost()
    }

    /// Takes a packet whose source has been checked.
    mutating func receive(
        _ packet: RTPPacket,
        in bytes: Span<UInt8>,
        arrival: MonotonicTime,
        codec: any SpeechCodec,
        peer: RemotePeer,
        counters: inout LegCounters,
        events: inout [MediaSessionEvent]
    ) {
        let header = packet.header
        let content = bytes.extracting(packet.payload)
        let isEvent = header.payloadType == peer.audio.telephoneEvent?.payloadType
        let isNoise = header.payloadType == peer.comfortNoise
        let isSpeech = header.payloadType == peer.audio.codec.payloadType
        guard isEvent || isNoise || isSpeech else {
            counters.droppedPayloadType += 1
            return
        }
        // A description of noise lasts until something else comes; it stands for one frame of 20 ms.
        let noiseTicks = isNoise && content.count > 0 ? clockRate * PlayoutQueue.frameMilliseconds / 1_000 : nil
        let ticks = isSpeech ? codec.ticks(of: content) : noiseTicks
        guard isEvent || ticks != nil else {
            counters.droppedMalformed += 1
            return
        }
        countForReports(header, arrival: arrival, isEvent: isEvent)
        counters.packetsReceived += 1
        counters.octetsReceived += UInt64(content.count)
        if !hasFirstPacket {
            hasFirstPacket = true
            events.append(.firstPacketReceived)
        }
        if isEvent {
            guard let digit = digits.receive(header, payload: content) else { return }
            counters.digitsReceived += 1
            events.append(.digit(digit))
        } else {
            if isSpeech, !hasFirstSound, let power = codec.power(of: content) { noteSound(power, &events) }
            insert(packet, in: bytes, ticks: ticks ?? 0, arrival: arrival, counters: &counters)
        }
    }

    private mutating func countForReports(_ header: RTPHeader, arrival: MonotonicTime, isEvent: Bool) {
        if ssrc != header.ssrc {
            // One report block is kept: that of the source heard now.
            if ssrc != nil { statistics.beginSource() }
            ssrc = header.ssrc
        }
        statistics.count(header, arrival: arrival, measuresJitter: !isEvent)
    }

    private mutating func insert(
        _ packet: RTPPacket,
        in bytes: Span<UInt8>,
        ticks: Int,
        arrival: MonotonicTime,
        counters: inout LegCounters
    ) {
        switch jitterBuffer.insert(packet, in: bytes, ticks: ticks, arrival: arrival) {
        case .stored, .restarted: break
        case .late: counters.droppedLate += 1
        case .duplicate: counters.droppedDuplicate += 1
        case .oversize: counters.droppedMalformed += 1
        case .unconfirmed: counters.droppedUnconfirmed += 1
        }
    }

    /// Replaces `frame` by the next 20 ms.
    ///
    /// - Parameter instant: The one of the driver's grid for which the frame is.
    mutating func nextFrame(
        at instant: MonotonicTime,
        codec: any SpeechCodec,
        peer: RemotePeer,
        counters: inout LegCounters,
        events: inout [MediaSessionEvent],
        into frame: inout [Int16]
    ) {
        let length = codec.sampleRate * PlayoutQueue.frameMilliseconds / 1_000
        var change = plannedChange(at: instant, codec: codec)
        var isConcealed = false
        pull: while samples.count < length {
            payload.removeAll(keepingCapacity: true)
            switch jitterBuffer.next(into: &payload) {
            case .packet(let payloadType, let ticks, let lost):
                bursts.count(lostBefore: lost)
                isInNoise = payloadType != peer.audio.codec.payloadType
                if isInNoise {
                    let content = payload
                    noise.update(content.span)
                    noise.generate(duration(ticks, codec), into: &samples)
                } else {
                    decode(ticks: ticks, codec: codec, counters: &counters)
                }
                apply(&change, codec: codec, counters: &counters)
            case .missing(let ticks) where isInNoise:
                noise.generate(duration(ticks, codec), into: &samples)
            case .missing(let ticks):
                if !codec.isPaused {
                    isConcealed = true
                    framesSinceLoss = 0
                }
                conceal(duration(ticks, codec), codec: codec, peer: peer)
            case .idle:
                fillIdle(length - samples.count, codec: codec)
                break pull
            }
        }
        if isConcealed { counters.framesConcealed += 1 }
        frame.removeAll(keepingCapacity: true)
        frame.append(contentsOf: samples[0..<length])
        samples.removeFirst(length)
        let power = LevelMeter.power(of: frame.span)
        if !hasFirstSound { noteSound(power, &events) }
        let isSpoken =
            voice?.isVoice(frame.span, sampleRate: codec.sampleRate, power: power) ?? detector.isSound(power: power)
        switch detector.feed(isSpoken, milliseconds: PlayoutQueue.frameMilliseconds) {
        case .silent: events.append(.peerSilent)
        case .speaking: events.append(.peerSpeaking)
        case nil: break
        }
    }

    /// Samples that last for `ticks`.
    private func duration(_ ticks: Int, _ codec: any SpeechCodec) -> Int {
        max(1, ticks * codec.sampleRate / codec.clockRate)
    }

    /// Fills a gap. The packet behind it may know what was lost.
    private mutating func conceal(_ count: Int, codec: any SpeechCodec, peer: RemotePeer) {
        guard configuration.concealsLosses else {
            samples.append(contentsOf: repeatElement(0, count: count))
            return
        }
        payload.removeAll(keepingCapacity: true)
        let next = jitterBuffer.peek(into: &payload)
        if let next, next != peer.audio.codec.payloadType { payload.removeAll(keepingCapacity: true) }
        let content = payload
        codec.conceal(count, next: content.span, into: &samples)
    }

    /// Nothing has come for long: noise goes on where the source has said that it pauses.
    private mutating func fillIdle(_ count: Int, codec: any SpeechCodec) {
        if isInNoise {
            noise.generate(count, into: &samples)
        } else if codec.isPaused {
            codec.conceal(count, into: &samples)
        } else {
            samples.append(contentsOf: repeatElement(0, count: count))
        }
    }

    private mutating func decode(ticks: Int, codec: any SpeechCodec, counters: inout LegCounters) {
        let start = samples.count
        do {
            let content = payload
            try codec.decode(content.span, into: &samples)
        } catch {
            counters.droppedMalformed += 1
            samples.removeSubrange(start...)
            codec.conceal(duration(ticks, codec), into: &samples)
        }
    }

    // MARK: - Delay

    private mutating func plannedChange(at instant: MonotonicTime, codec: any SpeechCodec) -> JitterBuffer.DelayChange {
        framesSinceChange = min(framesSinceChange + 1, Self.rest)
        framesSinceLoss = min(framesSinceLoss + 1, Self.memoryOfLoss)
        let waits = codec.carriesCopies && framesSinceLoss < Self.memoryOfLoss
        jitterBuffer.lookahead = waits ? clockRate * PlayoutQueue.frameMilliseconds / 1_000 : 0
        let held = samples.count * codec.clockRate / codec.sampleRate
        if let delay = jitterBuffer.playoutDelay(at: instant, held: held) {
            let milliseconds = Double(delay) * 1_000 / Double(clockRate)
            playoutDelay = playoutDelay.map { $0 + (milliseconds - $0) / 128 } ?? milliseconds
        }
        let change = jitterBuffer.delayChange(at: instant, held: held)
        if case .shorten = change { framesWithSpare += 1 } else { framesWithSpare = 0 }
        return change
    }

    /// Shortens or lengthens the audio at hand, once in a frame: at any time in pauses, now and then in speech, which is
    /// shortened only when no pause has come for long.
    private mutating func apply(
        _ change: inout JitterBuffer.DelayChange,
        codec: any SpeechCodec,
        counters: inout LegCounters
    ) {
        guard change != .keep else { return }
        let isQuiet = isInNoise || !detector.isSound(power: LevelMeter.power(of: samples.span))
        guard isQuiet || framesSinceChange == Self.rest else { return }
        var changed = 0
        switch change {
        case .keep:
            return
        case .shorten(let ticks):
            guard isQuiet || framesWithSpare > Self.patience else { return }
            let limit = ticks * codec.sampleRate / codec.clockRate
            changed = scaling.shorten(&samples, from: 0, atMost: limit, isQuiet: isQuiet)
            if changed > 0 { counters.delayReductions += 1 }
        case .lengthen(let ticks):
            let limit = duration(ticks, codec)
            changed = scaling.lengthen(&samples, from: 0, by: limit, isQuiet: isQuiet)
            if changed > 0 { counters.delayExtensions += 1 }
        }
        guard changed > 0 else { return }
        change = .keep
        framesSinceChange = 0
    }

    private mutating func noteSound(_ power: Double, _ events: inout [MediaSessionEvent]) {
        guard detector.isSound(power: power) else { return }
        hasFirstSound = true
        events.append(.firstSoundReceived)
    }
}
