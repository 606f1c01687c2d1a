import Codecs
import RTP
import Timing

/// From RTP packets to even frames of samples: jitter buffer, decoder, concealment, digits, level.
struct ReceivePath {
    /// Sound that goes on without a pause for this many frames does not keep the delay from being shortened.
    private static let patience = 100

    private(set) var statistics: ReceptionStatistics
    private(set) var ssrc: UInt32?
    private(set) var hasFirstPacket = false

    private let configuration: LegConfiguration
    private var maximumPayload = 0
    private var clockRate = 8_000
    private var jitterBuffer: JitterBuffer
    private var digits = TelephoneEventReceiver()
    private var detector: SpeechDetector
    private var hasFirstSound = false
    private var payload: [UInt8] = []
    private var noise = ComfortNoise()
    /// The source described its noise (RFC 3389) and has not spoken since.
    private var isInNoise = false
    private var samples: [Int16] = []
    private var framesWithSurplus = 0

    init(configuration: LegConfiguration) {
        self.configuration = configuration
        detector = SpeechDetector(level: configuration.soundLevel, silenceLimit: configuration.silenceLimit)
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
            insert(packet, in: bytes, ticks: ticks ?? 0, counters: &counters)
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

    private mutating func insert(_ packet: RTPPacket, in bytes: Span<UInt8>, ticks: Int, counters: inout LegCounters) {
        switch jitterBuffer.insert(packet, in: bytes, ticks: ticks) {
        case .stored, .restarted: break
        case .late: counters.droppedLate += 1
        case .duplicate: counters.droppedDuplicate += 1
        case .oversize: counters.droppedMalformed += 1
        case .unconfirmed: counters.droppedUnconfirmed += 1
        }
    }

    /// Replaces `frame` by the next 20 ms.
    mutating func nextFrame(
        codec: any SpeechCodec,
        peer: RemotePeer,
        counters: inout LegCounters,
        events: inout [MediaSessionEvent],
        into frame: inout [Int16]
    ) {
        let length = codec.sampleRate * PlayoutQueue.frameMilliseconds / 1_000
        var isConcealed = false
        pull: while samples.count < length {
            payload.removeAll(keepingCapacity: true)
            switch jitterBuffer.next(into: &payload) {
            case .packet(let payloadType, let ticks):
                isInNoise = payloadType != peer.audio.codec.payloadType
                if isInNoise {
                    let content = payload
                    noise.update(content.span)
                    noise.generate(duration(ticks, codec), into: &samples)
                } else {
                    decode(ticks: ticks, codec: codec, counters: &counters)
                }
            case .missing(let ticks) where isInNoise, .stretch(let ticks) where isInNoise:
                noise.generate(duration(ticks, codec), into: &samples)
            case .missing(let ticks):
                if !codec.isPaused { isConcealed = true }
                conceal(duration(ticks, codec), codec: codec, peer: peer)
            case .stretch(let ticks):
                isConcealed = true
                codec.conceal(duration(ticks, codec), into: &samples)
            case .idle:
                let missing = length - samples.count
                samples.append(contentsOf: repeatElement(0, count: missing))
                break pull
            }
        }
        if isConcealed { counters.framesConcealed += 1 }
        frame.removeAll(keepingCapacity: true)
        frame.append(contentsOf: samples[0..<length])
        samples.removeFirst(length)
        let power = LevelMeter.power(of: frame.span)
        if !hasFirstSound { noteSound(power, &events) }
        switch detector.feed(power: power, milliseconds: PlayoutQueue.frameMilliseconds) {
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

    /// Decodes the payload at hand. While the delay is longer than needed, quiet packets are left out.
    private mutating func decode(ticks: Int, codec: any SpeechCodec, counters: inout LegCounters) {
        let start = samples.count
        do {
            let content = payload
            try codec.decode(content.span, into: &samples)
        } catch {
            counters.droppedMalformed += 1
            samples.removeSubrange(start...)
            codec.conceal(duration(ticks, codec), into: &samples)
            return
        }
        guard jitterBuffer.surplus >= ticks else {
            framesWithSurplus = 0
            return
        }
        framesWithSurplus += 1
        let end = samples.count
        let power = LevelMeter.power(of: samples.span.extracting(start..<end))
        guard !detector.isSound(power: power) || framesWithSurplus > Self.patience else { return }
        samples.removeSubrange(start...)
        jitterBuffer.didShed(ticks: ticks)
        counters.packetsShed += 1
        framesWithSurplus = 0
    }

    private mutating func noteSound(_ power: Double, _ events: inout [MediaSessionEvent]) {
        guard detector.isSound(power: power) else { return }
        hasFirstSound = true
        events.append(.firstSoundReceived)
    }
}
