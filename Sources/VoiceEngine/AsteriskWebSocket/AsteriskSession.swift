import Codecs

/// Asterisk's channel driver `chan_websocket` as the application that it dials sees it.
///
/// Audio is binary in both directions. The application sends it as fast as it likes, within what the queue holds, and
/// controls the playout with commands. A flush forgets marks without a word.
struct AsteriskSession: EngineSession {
    enum Phase: Sendable {
        case connecting, open, over
    }

    /// What a mark in the playout queue is for.
    enum Purpose: Sendable {
        case mark(correlation: String?)
        case buffered(correlation: String?)
        /// So many octets have been played.
        case progress(Int)
    }

    /// Directions of media as the command names them: `in` comes from Asterisk only, `out` goes to it only.
    enum Direction: String, Sendable {
        case both, `in`, out
    }

    static let optionNames: Set<String> = ["control", "format", "username"]

    let configuration: EngineSessionConfiguration
    let format: AudioFormat
    var phase = Phase.connecting
    var direction = Direction.both
    var isBuffering = false
    /// `QUEUE_DRAINED` is to be sent once.
    var isDrainAwaited = false
    var turns = PlatformTurns()
    var marks = PendingMarks<Purpose>(limit: 1_024)
    var samples = SampleJoiner()
    var queue: AsteriskQueue
    var faults = PlatformFaults()
    var document = JSONDocument()
    var writer: AsteriskWriter

    let maximumMessageSize = 1 << 20
    let sendsBinaryAudio = true

    static var capabilities: EngineCapabilities {
        var capabilities = EngineCapabilities()
        capabilities.nativeG711 = true
        capabilities.binaryAudio = true
        capabilities.isFullDuplex = true
        capabilities.marks = true
        capabilities.fasterThanRealTime = true
        capabilities.hangsUpByClosing = true
        capabilities.pcmRates = [8_000, 16_000, 24_000, 48_000]
        return capabilities
    }

    /// - Parameter options: `control`, `plain-text` where control messages are not JSON; `format`, by Asterisk's name for
    ///   it, where it is not that of the configuration.
    init(_ configuration: EngineSessionConfiguration, options: [String: String] = [:]) {
        self.configuration = configuration
        let known = AudioFormat.asteriskFormats
        let configured = known.values.first { $0 == configuration.audioFormat }
        format = options["format"].flatMap { known[$0] } ?? configured ?? .pcm16(rate: 16_000)
        queue = AsteriskQueue(format)
        writer = AsteriskWriter(
            call: configuration.call, connection: "", format: format, isPlainText: options["control"] == "plain-text")
    }

    var timerInterval: Duration? { PlatformTurns.interval }

    mutating func handshake(_ context: EngineHandshakeContext) -> EngineHandshake {
        writer = AsteriskWriter(
            call: configuration.call, connection: context.uuid, format: format, isPlainText: writer.isPlainText)
        return EngineHandshake(
            target: context.target, headers: context.authorization.map { [$0] } ?? [], subprotocols: ["media"])
    }

    mutating func start(into out: inout [EngineSessionOutput]) {
        phase = .open
        out.append(.send(writer.mediaStart()))
        if format != configuration.audioFormat {
            out.append(.inputFormat(format))
            out.append(.outputFormat(format))
        }
        out.append(.event(.ready))
    }

    // MARK: - Audio

    mutating func appendAudio(_ audio: Span<UInt8>, into frame: inout [UInt8]) -> Bool {
        guard phase == .open, direction != .out, !audio.isEmpty else { return false }
        frame.append(audio)
        return true
    }

    mutating func turn(ofAudio binary: Span<UInt8>) -> EngineTurnID? {
        guard phase == .open, direction != .in, format.octetsPerSample == 1 || samples.isAligned(binary),
            queue.isUneventful(binary.count), let turn = turns.carryOn(binary, format)
        else { return nil }
        queue.add(binary.count)
        return turn
    }

    mutating func receive(binary: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        guard phase == .open, direction != .in, !queue.isFull else { return }
        let audio = format.octetsPerSample == 1 ? binary.withUnsafeBufferPointer(Array.init) : samples.join(binary)
        guard let turn = turns.take(audio.span, format, into: &out) else { return }
        queue.add(audio.count)
        out.append(.audio(turn, audio))
        if queue.needsMark { markProgress(&out) }
        tellFlow(&out)
    }

    /// Sets a mark that tells when what came so far is played.
    mutating func markProgress(_ out: inout [EngineSessionOutput]) {
        let octets = queue.mark()
        guard octets > 0 else { return }
        if let mark = marks.add(.progress(octets)) {
            out.append(.mark(mark, of: nil))
        } else {
            queue.remove(octets)
        }
    }

    mutating func tellFlow(_ out: inout [EngineSessionOutput]) {
        if let event = queue.flowEvent() { out.append(.send(writer.event(event))) }
    }

    mutating func timerFired(into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        turns.tick(into: &out)
        if turns.current == nil || isDrainAwaited { markProgress(&out) }
    }

    // MARK: - Commands of ours

    mutating func handle(_ command: EngineCommand, into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        switch command {
        case .digit(let digit): out.append(.send(writer.digit(digit)))
        case .markReached(let mark, let state): reached(mark, state, &out)
        case .end: phase = .over
        case .startTurn, .say, .playedUpTo, .playbackStarted, .playbackFinished, .toolResult, .userText, .context,
            .hold,
            .cancelTurn:
            break  // The dialect has no words for these.
        }
    }

    private mutating func reached(_ mark: EngineMark, _ state: EngineMarkState, _ out: inout [EngineSessionOutput]) {
        switch marks.take(mark) {
        case .progress(let octets):
            queue.remove(octets)
            tellFlow(&out)
            tellDrained(&out)
        case .mark(let correlation) where state == .played:
            out.append(.send(writer.reached("MEDIA_MARK_PROCESSED", correlation: correlation)))
        case .buffered(let correlation) where state == .played:
            out.append(.send(writer.reached("MEDIA_BUFFERING_COMPLETED", correlation: correlation)))
        case .mark, .buffered, nil:
            break  // Asterisk forgets marks that it drops.
        }
    }

    /// Tells once that nothing waits, if that was asked for.
    mutating func tellDrained(_ out: inout [EngineSessionOutput]) {
        guard isDrainAwaited, queue.frames == 0 else { return }
        isDrainAwaited = false
        out.append(.send(writer.event("QUEUE_DRAINED")))
    }
}
