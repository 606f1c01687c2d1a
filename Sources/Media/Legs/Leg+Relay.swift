import Codecs
import Timing
import VoiceEngine

extension Leg {
    /// What waits of another leg when it is too much: a person who hears the other one late talks over them.
    private static let relayLimit = 240

    /// From now on each cycle makes audio for another leg in the place of an engine, and that leg's audio is taken.
    ///
    /// - Throws: ``MediaPlaneError/unsupportedCodec(_:)`` for a rate that cannot be resampled.
    public func attachLeg(_ format: AudioFormat) throws(MediaPlaneError) {
        _ = interrupt()
        try attachEngine(EngineAudioFormats(both: format))
        isRelayed = true
    }

    /// The other leg is gone: nothing is made for it, and what it has said is not played any more.
    public func detachLeg() {
        guard isRelayed else { return }
        _ = interrupt()
        detachEngine()
        isRelayed = false
    }

    /// Queues what the other leg has heard. When more than 240 ms wait, because one of the two was held up, all of it is
    /// left out.
    ///
    /// - Parameter turn: Names the audio of the other leg, anew after each call that has left something out.
    /// - Returns: Whether something was left out.
    public func playLegAudio(_ audio: Span<UInt8>, of turn: EngineTurnID, at now: MonotonicTime) -> Bool {
        guard let format = engineFormats?.output else { return false }
        var events: [MediaSessionEvent] = []
        let isLate = send.queue.queuedOctets > Self.relayLimit * format.bytesPerMillisecond
        if isLate { _ = interrupt() } else { playEngineAudio(audio, of: turn, at: now, events: &events) }
        return isLate
    }
}
