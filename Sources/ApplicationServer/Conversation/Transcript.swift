import VoiceEngine

/// What has been said in a call, as far as another engine needs it to go on. Bounded: what is oldest is forgotten.
struct Transcript: Sendable, Equatable {
    static let longestText = 2_000
    static let utteranceLimit = 40

    private(set) var utterances: [EngineUtterance] = []
    /// What came in pieces and is not complete.
    private var pieces: [EngineSpeaker: String] = [:]

    mutating func add(_ text: String, by speaker: EngineSpeaker, isFinal: Bool) {
        if isFinal {
            pieces[speaker] = nil
            append(text, by: speaker)
        } else {
            pieces[speaker] = String((pieces[speaker, default: ""] + text).suffix(Self.longestText))
        }
    }

    /// No more pieces come: what is there counts.
    mutating func close() {
        for speaker in [EngineSpeaker.caller, .engine] {
            if let text = pieces.removeValue(forKey: speaker) { append(text, by: speaker) }
        }
    }

    private mutating func append(_ text: String, by speaker: EngineSpeaker) {
        guard !text.isEmpty else { return }
        utterances.append(EngineUtterance(speaker: speaker, text: String(text.prefix(Self.longestText))))
        utterances.removeFirst(max(0, utterances.count - Self.utteranceLimit))
    }
}
