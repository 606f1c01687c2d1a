import Codecs
import Timing
import VoiceEngine

/// How audio goes to and comes from an engine.
public struct EngineAudioFormats: Sendable, Hashable {
    /// What the engine is given.
    public var input: AudioFormat
    /// What it gives.
    public var output: AudioFormat

    public init(input: AudioFormat, output: AudioFormat) {
        self.input = input
        self.output = output
    }

    public init(both format: AudioFormat) {
        self.init(input: format, output: format)
    }
}

extension Leg {
    /// From now on each cycle makes audio for the engine, and audio of the engine is taken. What waits in another format
    /// than the new one is dropped.
    ///
    /// - Throws: ``MediaPlaneError/unsupportedCodec(_:)`` for a rate that cannot be resampled.
    public func attachEngine(_ formats: EngineAudioFormats) throws(MediaPlaneError) {
        let former = engineFormats
        engineFormats = formats
        do {
            if let codec {
                // What is heard decides: recognition gains from the rate, a voice does not lose by it.
                adopt(rate: formats.input.sampleRate, codec)
                try prepareResamplers(for: codec)
            }
        } catch {
            engineFormats = former
            throw .unsupportedCodec("PCM at \(formats.input.sampleRate) or \(formats.output.sampleRate) Hz")
        }
        send.queue.setFormat(formats.output)
    }

    /// The engine is gone: what it has said is still played.
    public func detachEngine() {
        engineFormats = nil
        send.queue.abandonTurns()
    }

    /// Queues audio of a turn, in the engine's format.
    public func playEngineAudio(
        _ audio: Span<UInt8>,
        of turn: EngineTurnID,
        at now: MonotonicTime,
        events: inout [MediaSessionEvent]
    ) {
        switch send.queue.append(audio, of: turn, at: now) {
        case .queued:
            break
        case .late:
            counters.engineOctetsLate += UInt64(audio.count)
        case .overflowed(let count):
            counters.engineOctetsOverflowed += UInt64(count)
            guard overflowedTurn != turn else { return }
            overflowedTurn = turn
            let message = "more than \(configuration.playoutCapacity) ms of audio wait to be played"
            events.append(.engine(.error(EngineFault(code: "too-large", message: message, isRecoverable: true))))
        }
    }

    public func endTurn(_ turn: EngineTurnID) {
        send.queue.end(turn)
    }

    /// The engine wants to know when what it has said of a turn so far is played; see ``takeSettledMarks()``.
    public func set(_ mark: EngineMark, of turn: EngineTurnID?) {
        send.queue.set(mark, of: turn)
    }

    /// Marks that were reached or dropped since the last call, in order.
    public func takeSettledMarks() -> [(mark: EngineMark, state: EngineMarkState)] {
        send.queue.takeSettledMarks().map { ($0.mark, $0.state) }
    }

    /// The caller began to speak: drops what the engine has said and was not sent yet. Files play on.
    ///
    /// - Returns: The turns that were cut with the milliseconds of each that left as RTP, the one being heard first.
    public func interrupt() -> [(turn: EngineTurnID, playedMilliseconds: Int)] {
        send.interrupt().map { ($0.turn, $0.playedMilliseconds) }
    }
}
