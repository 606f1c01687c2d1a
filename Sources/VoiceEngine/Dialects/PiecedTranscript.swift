/// What one side says, put together from the pieces in which a dialect tells it.
struct PiecedTranscript: Sendable {
    /// Bytes of UTF-8 that are put together; pieces beyond them are told, but not kept.
    static let maximumLength = 32_768

    let speaker: EngineSpeaker
    private var text = ""

    init(_ speaker: EngineSpeaker) {
        self.speaker = speaker
    }

    mutating func append(_ piece: String, _ out: inout [EngineSessionOutput]) {
        guard !piece.isEmpty else { return }
        if text.utf8.count + piece.utf8.count <= Self.maximumLength { text += piece }
        out.append(.event(.transcript(speaker, text: piece, isFinal: false)))
    }

    /// Tells the whole text, if there is any, and begins anew.
    mutating func finish(_ out: inout [EngineSessionOutput]) {
        guard !text.isEmpty else { return }
        out.append(.event(.transcript(speaker, text: text, isFinal: true)))
        text = ""
    }
}
