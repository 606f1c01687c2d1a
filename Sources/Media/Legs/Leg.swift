import Codecs
import RTP
import SDP
import Timing
import VoiceEngine

/// One call leg between the network and an engine, without sockets, clocks or tasks.
///
/// Receiving: RTP → jitter buffer → decoder → resampler → bytes in the engine's format. Sending: engine bytes and
/// files → queue → resampler → encoder → RTP. The driver hands in datagrams as they are read and calls ``tick(at:into:)``
/// on an even grid; a tick does all 20 ms cycles that are due. A leg belongs to one thread.
public final class Leg {
    public let configuration: LegConfiguration
    public internal(set) var counters = LegCounters()

    private let local: IPEndpoint
    var peer: RemotePeer?
    private(set) var codec: (any SpeechCodec)?
    var filter: SourceFilter
    var send: SendPath
    var receive: ReceivePath
    var reports: ReportExchange
    var protection = LegProtection()
    var digits: DigitReception
    private var gate: CallerGate?
    let uplink: ResamplerBank
    /// `nil` without an engine.
    var engineFormats: EngineAudioFormats?
    var overflowedTurn: EngineTurnID?
    /// What is heard goes to a person and not to an engine: nothing of it is held back.
    var isRelayed = false

    private var nextCycle: MonotonicTime?
    var lastHeard: MonotonicTime?
    var hasReportedInactivity = false

    private var recording = LegRecording()

    private var frame: [Int16] = []
    private var resampled: [Int16] = []
    private var pressed: [Character] = []

    /// Cycles after a stall of the driver that are caught up; what is older is left out.
    private static let catchUpLimit = 10
    private static let cycle = Duration.milliseconds(PlayoutQueue.frameMilliseconds)

    /// - Parameter local: Where the leg's RTP socket is bound.
    public init(local: IPEndpoint, identity: LegIdentity, configuration: LegConfiguration = LegConfiguration()) {
        self.local = local
        self.configuration = configuration
        filter = SourceFilter(mode: configuration.sourceMode)
        send = SendPath(identity: identity, configuration: configuration)
        receive = ReceivePath(configuration: configuration)
        reports = ReportExchange(identity: identity)
        digits = DigitReception(detection: configuration.digits)
        uplink = ResamplerBank(quality: configuration.resamplerQuality)
    }

    // MARK: - Set-up

    /// Sets the peer and what is spoken with it. The same description again changes nothing.
    ///
    /// - Throws: ``MediaPlaneError/unsupportedCodec(_:)``, ``MediaPlaneError/addressRefused(_:)`` and
    ///   ``MediaPlaneError/protection(_:)``; the leg then stays as it was.
    public func setRemote(_ audio: NegotiatedAudio, at now: MonotonicTime) throws(MediaPlaneError) {
        guard audio != peer?.audio else { return }
        let next = try RemotePeer(audio, local: local)
        let nextProtection = try protection.changed(to: audio.protection)
        if codec == nil || !hasSameCodec(as: audio.codec) {
            let made = try makeCodec(audio.codec)
            receive.change(to: made)
            send.change(to: made)
            codec = made
            gate = nil
        }
        if let codec, peer?.receives == true, !next.receives { receive.reset(codec: codec) }
        if peer?.receives != next.receives || peer?.rtp != next.rtp {
            lastHeard = now
            hasReportedInactivity = false
        }
        if let codec, gate == nil { gate = CallerGate(configuration, sampleRate: codec.sampleRate) }
        if let codec { digits.change(sampleRate: codec.sampleRate, hasEvents: next.audio.telephoneEvent != nil) }
        filter.expect(rtp: next.rtp, rtcp: next.rtcp, isNew: next.rtp != peer?.rtp || next.rtcp != peer?.rtcp)
        peer = next
        protection = nextProtection
        send.protection = nextProtection.sender
    }

    /// The handshake that the leg's keys come from; `nil` if its packets are protected otherwise, or not.
    public var handshake: DTLSAgreement? { protection.agreement }

    /// Where RTP is sent to; `nil` without a stream, or on hold without an address.
    public var remoteEndpoint: IPEndpoint? { peer?.rtp }

    /// The handshake has to be done again: until then nothing is sent or taken.
    public func restartHandshake() {
        protection.restart()
        send.protection = protection.sender
    }

    /// The handshake has given these keys: from here on audio flows.
    ///
    /// - Throws: ``MediaPlaneError/protection(_:)``.
    public func completeHandshake(with keys: AgreedKeys) throws(MediaPlaneError) {
        try protection.complete(with: keys)
        send.protection = protection.sender
    }

    /// The codec of a format, at the engine's rate if it has that.
    private func makeCodec(_ format: PayloadFormat) throws(MediaPlaneError) -> any SpeechCodec {
        do {
            let made = try CodecCatalog.codec(
                named: format.encodingName,
                clockRate: format.clockRate,
                channels: format.channels,
                sampleRate: engineFormats?.input.sampleRate ?? configuration.sampleRate,
                usesDTX: configuration.usesDTX,
                parameter: format.formatParameter
            )
            try prepareResamplers(for: made)
            return made
        } catch {
            throw .unsupportedCodec(format.encodingName)
        }
    }

    private func hasSameCodec(as format: PayloadFormat) -> Bool {
        guard let present = peer?.audio.codec else { return false }
        return present.encodingName.uppercased() == format.encodingName.uppercased()
            && present.clockRate == format.clockRate && present.channels == format.channels
            && present.formatParameters == format.formatParameters
    }

    func prepareResamplers(for codec: any SpeechCodec) throws(CodecError) {
        for rate in WAVAudio.sampleRates { try send.prepare(from: rate, to: codec.sampleRate) }
        try recording.prepare(from: codec.sampleRate)
        if let engineFormats {
            try send.prepare(from: engineFormats.output.sampleRate, to: codec.sampleRate)
            try uplink.prepare(from: codec.sampleRate, to: engineFormats.input.sampleRate)
        }
    }

    /// A codec with several rates takes the engine's, so that nothing is resampled.
    func adopt(rate: Int, _ codec: any SpeechCodec) {
        let before = codec.sampleRate
        codec.prefer(sampleRate: rate)
        guard codec.sampleRate != before else { return }
        receive.reset(codec: codec)
        send.change(to: codec)
        gate = CallerGate(configuration, sampleRate: codec.sampleRate)
        digits.change(sampleRate: codec.sampleRate, hasEvents: peer?.audio.telephoneEvent != nil)
    }

    // MARK: - Playback

    /// Queues a file after what is queued already; `false` when too many wait.
    public func play(_ audio: WAVAudio, _ options: PlaybackOptions = .announcement) -> Bool {
        send.queue.append(audio, options)
    }

    /// Queues a tone for at least `milliseconds`, in whole cadences; `false` if too many files wait. One that makes way for
    /// the engine goes on until it is stopped or the engine speaks.
    public func play(_ tone: CallProgressTone, milliseconds: Int) -> Bool {
        let rate = 8_000
        let cadence = WAVAudio(sampleRate: rate, samples: tone.cadence(sampleRate: rate))
        let count = (max(milliseconds, 1) + tone.cadenceMilliseconds - 1) / tone.cadenceMilliseconds
        if tone.options.yieldsToEngine {
            // One looped file, which is dropped as a whole.
            var options = tone.options
            options.isLooped = true
            return send.queue.append(cadence, options)
        }
        for _ in 0..<min(count, PlayoutQueue.maximumFiles - 1) {
            guard send.queue.append(cadence, tone.options) else { return false }
        }
        return true
    }

    /// Drops the files and tones that were not sent yet.
    public func stopPlayback() { send.queue.removeFiles() }

    /// Queues digits; `false`, and nothing is queued, if one is no digit, too many wait, or the peer takes none.
    public func sendDigits(_ digits: String) -> Bool {
        guard peer?.audio.telephoneEvent != nil else { return false }
        return send.enqueue(digits: digits)
    }

    /// Whether nothing is left to send: no turn, no file, no digit.
    public var isPlaybackIdle: Bool { send.isIdle }

    // MARK: - Recording

    /// Begins to keep samples for recordings; take them with ``takeRecording(isLast:)``.
    public func startRecording(received: Bool, sent: Bool, at now: MonotonicTime) {
        nextCycle = nextCycle ?? now
        recording.begin(
            received: received, sent: sent, rate: codec?.sampleRate, quality: configuration.resamplerQuality, at: now
        )
    }

    /// Hz of what is recorded, as the first codec has it, but 16 kHz at most; `nil` before there is a codec.
    public var recordingRate: Int? { recording.sampleRate }

    /// Samples that are ready for the files: about a second at once, or all there is when `isLast`.
    public func takeRecording(isLast: Bool) -> (received: [Int16], sent: [Int16]) {
        recording.take(isLast: isLast)
    }

    /// The same of both directions in one: a sample received, a sample sent, and so on.
    public func takeStereoRecording(isLast: Bool) -> [Int16] {
        recording.takeInterleaved(isLast: isLast)
    }

    // MARK: - Time

    /// Does all that is due: at most 200 ms of it; a driver that stalled for longer skips the rest.
    ///
    /// - Parameters:
    ///   - grid: The instant of the driver's grid that this tick stands for.
    ///   - now: The present.
    public func tick(grid: MonotonicTime, now: MonotonicTime, into output: inout LegOutput) {
        var cycle = nextCycle ?? grid
        var cycles = 0
        while cycle <= grid {
            if cycles == Self.catchUpLimit { break }
            performCycle(of: cycle, at: now, into: &output)
            recording.pad(to: cycle + Self.cycle)
            cycle = cycle + Self.cycle
            cycles += 1
        }
        while cycle <= grid {
            if let codec { send.skip(codec: codec) }
            cycle = cycle + Self.cycle
        }
        nextCycle = cycle
        sendReport(at: now, isLast: false, into: &output)
        checkInactivity(at: now, into: &output)
    }

    private func performCycle(of cycle: MonotonicTime, at now: MonotonicTime, into output: inout LegOutput) {
        guard let peer, let codec else { return }
        if peer.sends, protection.isReady {
            send.cycle(codec: codec, peer: peer, at: now, counters: &counters, tap: &recording.sent, into: &output)
        } else {
            send.skip(codec: codec)
        }
        guard receive.hasFirstPacket else { return }
        receive.nextFrame(
            at: cycle, codec: codec, peer: peer, counters: &counters, events: &output.events, into: &frame
        )
        let heard = frame
        if digits.listens {
            pressed.removeAll(keepingCapacity: true)
            digits.hear(heard.span, at: now, into: &pressed)
            counters.digitsHeard += UInt64(pressed.count)
            for digit in pressed { output.events.append(.digit(digit)) }
        }
        recording.append(received: heard.span, rate: codec.sampleRate)
        if !isRelayed {
            gate?.pass(sent: send.frame.span, heard: &frame)
            if gate?.interrupts == true { output.callerInterrupts = true }
        }
        guard let engineFormat = engineFormats?.input else { return }
        let passed = frame
        if engineFormat.sampleRate == codec.sampleRate {
            engineFormat.encode(passed.span, into: &output.engineAudio)
        } else {
            resampled.removeAll(keepingCapacity: true)
            uplink.process(passed.span, from: codec.sampleRate, to: engineFormat.sampleRate, into: &resampled)
            let converted = resampled
            engineFormat.encode(converted.span, into: &output.engineAudio)
        }
    }

    private func sendReport(at now: MonotonicTime, isLast: Bool, into output: inout LegOutput) {
        guard let peer, let destination = peer.rtcp, protection.isReady, isLast || reports.isDue(at: now) else {
            return
        }
        let start = output.packets.bytes.count
        reports.append(
            send: send, receive: &receive, counters: counters, quality: quality, at: now, isLast: isLast,
            to: &output.packets.bytes
        )
        let socket = peer.audio.sharesPort ? PacketBatch.Packet.Socket.rtp : .rtcp
        let isSealed = output.packets.seal(
            .rtcp, from: start, to: destination, by: socket, protectedBy: protection.sender)
        if isSealed { counters.reportsSent += 1 } else { counters.packetsUnprotectable += 1 }
    }

    private func checkInactivity(at now: MonotonicTime, into output: inout LegOutput) {
        guard let peer, peer.receives, let lastHeard, !hasReportedInactivity else { return }
        let limit = Duration.milliseconds(configuration.inactivityLimit)
        guard now - lastHeard >= limit else { return }
        hasReportedInactivity = true
        output.events.append(.inactive(for: now - lastHeard))
    }

    /// The last packets of the leg: a report and BYE (RFC 3550 §6.3.7).
    public func close(at now: MonotonicTime, into output: inout LegOutput) {
        sendReport(at: now, isLast: true, into: &output)
    }

    private var quality: CallQuality {
        CallQuality(
            encodingName: peer?.audio.codec.encodingName ?? "",
            bursts: receive.bursts,
            packets: counters.packetsReceived,
            late: counters.droppedLate,
            packetTime: peer?.audio.packetTime ?? PlayoutQueue.frameMilliseconds,
            playoutDelay: receive.playoutDelay ?? 0,
            maximumDelay: configuration.maximumJitterDelay
        )
    }

    public var report: MediaSessionReport {
        MediaSessionReport(
            packetsSent: counters.packetsSent,
            packetsReceived: counters.packetsReceived,
            packetsLost: UInt64(clamping: receive.statistics.cumulativeLost),
            jitterMilliseconds: receive.statistics.jitterMilliseconds,
            roundTripMilliseconds: reports.roundTripMilliseconds,
            meanOpinionScore: counters.packetsReceived == 0
                ? nil : quality.model(roundTrip: reports.roundTripMilliseconds).conversationalScore
        )
    }
}
