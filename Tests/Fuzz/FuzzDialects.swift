// Arbitrary messages of an engine, one a line, in the dialect of the first byte: no trap, nothing after a violation, and
// the short way for audio takes all of a message or nothing.

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    let bytes = Array(octets)
    guard let first = bytes.first else { return }
    let configuration = EngineSessionConfiguration(audioFormat: .pcmu)
    var session: any EngineSession =
        switch first % 4 {
        case 0: OpenAIRealtimeSession(configuration)
        case 1: DeepgramSession(configuration)
        case 2: GeminiSession(configuration)
        default: ElevenLabsSession(configuration)
        }
    var out: [EngineSessionOutput] = []
    session.start(into: &out)
    for opening in openings[Int(first % 4)] { session.receive(text: Array(opening.utf8).span, into: &out) }
    var isBroken = false
    for line in bytes.dropFirst().split(separator: 0x0A, omittingEmptySubsequences: false) {
        let message = Array(line)
        out.removeAll()
        var audio: [UInt8] = []
        if session.receiveAudio(text: message.span, into: &audio) == nil {
            precondition(audio.isEmpty, "audio of no turn")
            session.receive(text: message.span, into: &out)
        }
        if session.sendsBinaryAudio, session.turn(ofAudio: message.span) == nil {
            session.receive(binary: message.span, into: &out)
        }
        session.handle(.toolResult(id: "a", output: "{}", continueTurn: true), into: &out)
        session.handle(.playedUpTo(EngineTurnID("r"), milliseconds: 20), into: &out)
        session.timerFired(into: &out)
        precondition(!isBroken || out.isEmpty, "something came after a violation")
        for case .violation in out { isBroken = true }
    }
}

/// What sets up a session of each dialect, and begins a turn.
private let openings = [
    [
        #"{"type":"session.created"}"#, #"{"type":"session.updated"}"#,
        #"{"type":"response.created","response":{"id":"r"}}"#,
    ],
    [#"{"type":"Welcome"}"#, #"{"type":"SettingsApplied"}"#],
    [
        #"{"setupComplete":{}}"#,
        #"{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"AAAA"}}]}}}"#,
    ],
    [
        #"{"type":"conversation_initiation_metadata"}"#,
        #"{"type":"audio","audio_event":{"audio_base_64":"AAAA","event_id":1}}"#,
    ],
]
