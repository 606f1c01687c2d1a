import Codecs
import RTP
import SRTP
import Timing
import VoiceEngine

/// From the playout queue to RTP packets: a frame of 20 ms each cycle, cut into packets of the agreed length.
///
/// The timestamp runs on with every cycle, whether something is sent or not, so that it is right after any pause;
/// the first packet of speech after a pause has the marker bit (RFC 3551 §4.1). A pause is also what the encoder makes
/// one by describing its noise, or sending nothing.
struct SendPath {
    let ssrc: UInt32
    let canonicalName: String
    var queue: PlayoutQueue
    private(set) var digits = TelephoneEventSender()
    private(set) var hasSent = false
    /// RTP timestamp of the next frame.
    private(set) var timestamp: UInt32

    /// `nil`: packets leave as they are.
    var protection: SRTPSender?

    private let sendsSilence: Bool
    private let detector: SpeechDetector
    private var sequenceNumber: UInt16
    private var needsMarker = true
    /// The samples of the last cycle; empty if it sent none.
    private(set) var frame: [Int16] = []
    /// Samples of frames that make no whole packet yet.
    private var pending: [Int16] = []
    /// Milliseconds of a turn at the end of `pending`.
    private var pendingTurnMilliseconds = 0

    init(identity: LegIdentity, configuration: LegConfiguration) {
        ssrc = identity.ssrc
        canonicalName = identity.canonicalName
        sequenceNumber = identity.firstSequenceNumber
        timestamp = identity.firstTimestamp
        sendsSilence = configuration.sendsSilence
        detector = SpeechDetector(level: configuration.soundLevel, silenceLimit: configuration.silenceLimit)
        queue = PlayoutQueue(
            capacityMilliseconds: configuration.playoutCapacity,
            bank: ResamplerBank(quality: configuration.resamplerQuality)
        )
    }

    /// Whether there is nothing left to send.
    var isIdle: Bool { queue.isEmpty && !digits.isActive && pendingTurnMilliseconds == 0 }

    /// Makes the resampler for audio of this rate.
    func prepare(from input: Int, to output: Int) throws(CodecError) {
        try queue.prepare(from: input, to: output)
    }

    mutating func enqueue(digits text: String) -> Bool {
        digits.enqueue(text)
    }

    /// Another codec, or another rate of the same: what makes no whole packet yet is dropped, digits go on at the clock
    /// rate of the new one.
    mutating func change(to codec: any SpeechCodec) {
        pending.removeAll(keepingCapacity: true)
        pendingTurnMilliseconds = 0
        digits.setClockRate(codec.clockRate)
    }

    /// Drops the engine's audio.
    mutating func interrupt() -> [PlayoutQueue.Cut] {
        var cuts = queue.interruptTurns()
        if !cuts.isEmpty {
            cuts[0].playedMilliseconds = max(0, cuts[0].playedMilliseconds - pendingTurnMilliseconds)
            if pendingTurnMilliseconds > 0 { pending.removeAll(keepingCapacity: true) }
            pendingTurnMilliseconds = 0
        }
        return cuts
    }

    /// The leg does not send in this cycle.
    mutating func skip(codec: any SpeechCodec) {
        pending.removeAll(keepingCapacity: true)
        pendingTurnMilliseconds = 0
        frame.removeAll(keepingCapacity: true)
        needsMarker = true
        timestamp &+= UInt32(codec.clockRate * PlayoutQueue.frameMilliseconds / 1_000)
    }

    /// Sends what is due in this cycle.
    ///
    /// - Parameter tap: Takes a copy of the samples that were sent.
    mutating func cycle(
        codec: any SpeechCodec,
        peer: RemotePeer,
        at now: MonotonicTime,
        counters: inout LegCounters,
        tap: inout RecordingTap?,
        into output: inout LegOutput
    ) {
        guard let destination = peer.rtp else { return skip(codec: codec) }
        let ticks = UInt32(codec.clockRate * PlayoutQueue.frameMilliseconds / 1_000)
        defer { timestamp &+= ticks }
        frame.removeAll(keepingCapacity: true)
        if digits.isActive, let format = peer.audio.telephoneEvent {
            flushPending(codec, peer, destination, &counters, &output)
            sendDigit(format.payloadType, destination, &counters, &output)
            needsMarker = true
            return
        }
        let origin = queue.nextFrame(at: codec.sampleRate, into: &frame)
        for turn in queue.takeStarvedTurns() { output.events.append(.turnStarved(turn)) }
        for turn in queue.takePlayedTurns() { output.events.append(.turnPlayed(turn)) }
        for _ in 0..<queue.takeFinishedFiles() { output.events.append(.playbackFinished) }
        switch origin {
        case .nothing where sendsSilence:
            let count = codec.sampleRate * PlayoutQueue.frameMilliseconds / 1_000
            frame.append(contentsOf: repeatElement(0, count: count))
        case .nothing:
            flushPending(codec, peer, destination, &counters, &output)
            needsMarker = true
            return
        case .turn(let turn, let arrival, let isFirst, isHeard: false):
            if isFirst { output.events.append(.turnSent(turn, delay: now - arrival)) }
            if detector.isSound(power: LevelMeter.power(of: frame.span)) {
                queue.markHeard()
                output.events.append(.turnAudible(turn, delay: now - arrival))
            }
        case .turn, .file, .tail:
            break
        }
        let samples = frame
        if tap != nil { tap?.append(samples.span, rate: codec.sampleRate) }
        let packetSamples = codec.sampleRate * codec.packetTime(near: peer.audio.packetTime) / 1_000
        if pending.isEmpty, samples.count == packetSamples {
            send(samples.span, codec, peer, destination, timestamp, &counters, &output)
        } else {
            pending.append(contentsOf: samples)
            cutPackets(of: packetSamples, codec, peer, destination, &counters, &output)
        }
        notePending(origin, rate: codec.sampleRate)
    }

    // MARK: - Packets

    private mutating func notePending(_ origin: PlayoutQueue.Origin, rate: Int) {
        if case .turn = origin {
            pendingTurnMilliseconds = min(
                pendingTurnMilliseconds + PlayoutQueue.frameMilliseconds,
                pending.count * 1_000 / rate
            )
        } else {
            pendingTurnMilliseconds = 0
        }
    }

    private mutating func cutPackets(
        of length: Int,
        _ codec: any SpeechCodec,
        _ peer: RemotePeer,
        _ destination: IPEndpoint,
        _ counters: inout LegCounters,
        _ output: inout LegOutput
    ) {
        // The last frame is part of `pending` already, but the timestamp still names its beginning.
        let frameEnd = timestamp &+ UInt32(codec.clockRate * PlayoutQueue.frameMilliseconds / 1_000)
        var start = 0
        while length > 0, pending.count - start >= length {
            let ahead = (pending.count - start) * codec.clockRate / codec.sampleRate
            let first = frameEnd &- UInt32(truncatingIfNeeded: ahead)
            let packet = pending
            send(packet.span.extracting(start..<start + length), codec, peer, destination, first, &counters, &output)
            start += length
        }
        pending.removeFirst(start)
    }

    /// Sends samples that make no whole packet, before a pause.
    private mutating func flushPending(
        _ codec: any SpeechCodec,
        _ peer: RemotePeer,
        _ destination: IPEndpoint,
        _ counters: inout LegCounters,
        _ output: inout LegOutput
    ) {
        guard !pending.isEmpty else { return }
        let ahead = pending.count * codec.clockRate / codec.sampleRate
        let packet = pending
        let first = timestamp &- UInt32(truncatingIfNeeded: ahead)
        send(packet.span, codec, peer, destination, first, &counters, &output)
        pending.removeAll(keepingCapacity: true)
        pendingTurnMilliseconds = 0
    }

    private mutating func send(
        _ samples: Span<Int16>,
        _ codec: any SpeechCodec,
        _ peer: RemotePeer,
        _ destination: IPEndpoint,
        _ timestamp: UInt32,
        _ counters: inout LegCounters,
        _ output: inout LegOutput
    ) {
        let start = output.packets.bytes.count
        header(peer.audio.codec.payloadType, timestamp).append(to: &output.packets.bytes)
        switch codec.encode(samples, into: &output.packets.bytes) {
        case .speech:
            seal(from: start, to: destination, &counters, &output)
            needsMarker = false
        case .comfortNoise:
            output.packets.bytes[start + 1] &= 0x7F
            seal(from: start, to: destination, &counters, &output)
            needsMarker = true
        case .nothing:
            output.packets.bytes.removeLast(output.packets.bytes.count - start)
            needsMarker = true
        }
    }

    private mutating func sendDigit(
        _ payloadType: UInt8,
        _ destination: IPEndpoint,
        _ counters: inout LegCounters,
        _ output: inout LegOutput
    ) {
        guard let packet = digits.next(at: timestamp) else { return }
        let start = output.packets.bytes.count
        needsMarker = packet.isFirst
        header(payloadType, packet.timestamp).append(to: &output.packets.bytes)
        let (event, end, high, low) = packet.payload
        output.packets.bytes.append(event)
        output.packets.bytes.append(end)
        output.packets.bytes.append(high)
        output.packets.bytes.append(low)
        seal(from: start, to: destination, &counters, &output)
        counters.digitPacketsSent += 1
    }

    private func header(_ payloadType: UInt8, _ timestamp: UInt32) -> RTPHeader {
        RTPHeader(
            payloadType: payloadType,
            marker: needsMarker,
            sequenceNumber: sequenceNumber,
            timestamp: timestamp,
            ssrc: ssrc
        )
    }

    private mutating func seal(
        from start: Int,
        to destination: IPEndpoint,
        _ counters: inout LegCounters,
        _ output: inout LegOutput
    ) {
        let octets = output.packets.bytes.count - start - RTPHeader.length
        let isSealed = output.packets.seal(.rtp, from: start, to: destination, by: .rtp, protectedBy: protection)
        sequenceNumber &+= 1
        guard isSealed else {
            counters.packetsUnprotectable += 1
            return
        }
        counters.packetsSent += 1
        counters.octetsSent += UInt64(octets)
        hasSent = true
    }
}
