import VoiceEngine

/// The server's side of the ElevenLabs Agents dialect.
struct ElevenLabsModel: EngineModel {
    private enum Phase { case awaitingInitiation, conversation }

    private(set) var complaints: [String] = []
    private(set) var initiation: JSONText?
    private(set) var audioMessages = 0
    private(set) var pongs: [Int] = []
    private(set) var contexts: [String] = []
    private(set) var results: [String] = []
    private var phase = Phase.awaitingInitiation
    private var openCalls: Set<String> = []
    private var number = 0

    /// The client speaks first.
    mutating func open() -> [WireMessage] { [] }

    mutating func receive(_ message: WireMessage) -> [WireMessage] {
        guard case .text(let text) = message, let json = JSONText(text) else {
            complaints.append("no JSON text")
            return []
        }
        let type = json.string("type")
        guard (type == "conversation_initiation_client_data") == (phase == .awaitingInitiation) else {
            complaints.append("\(text) out of order")
            return []
        }
        switch type {
        case "conversation_initiation_client_data":
            initiation = json
            phase = .conversation
            return [
                .text(
                    #"{"type":"conversation_initiation_metadata","conversation_initiation_metadata_event":"#
                        + #"{"conversation_id":"conv_1","agent_output_audio_format":"ulaw_8000","#
                        + #""user_input_audio_format":"pcm_16000"}}"#)
            ]
        case nil where json.kind("user_audio_chunk") == .string:
            audioMessages += 1
            return []
        case "pong":
            pongs.append(json.integer("event_id") ?? -1)
            return []
        case "user_message" where json.kind("text") == .string:
            return answer("As you wish.")
        case "contextual_update":
            contexts.append(json.string("text") ?? "")
            return []
        case "client_tool_result":
            guard let id = json.string("tool_call_id"), openCalls.remove(id) != nil, json.kind("result") == .string,
                json.kind("is_error") == .false
            else {
                complaints.append("a result of no call")
                return []
            }
            results.append(id)
            return answer("It is done.")
        default:
            complaints.append("unknown: \(text)")
            return []
        }
    }

    /// Three pieces of 20 ms in mu-law.
    mutating func answer(_ text: String) -> [WireMessage] {
        let response = WireMessage.text(
            #"{"type":"agent_response","agent_response_event":{"agent_response":"\#(text)","event_id":\#(number + 1)}}"#
        )
        return [response] + (0..<3).map { _ in audio() }
    }

    mutating func audio() -> WireMessage {
        number += 1
        let data = String(repeating: "/", count: 212) + "//8="
        return .text(#"{"type":"audio","audio_event":{"audio_base_64":"\#(data.suffix(216))","event_id":\#(number)}}"#)
    }

    func hears(_ text: String) -> [WireMessage] {
        [.text(#"{"type":"user_transcript","user_transcription_event":{"user_transcript":"\#(text)","event_id":9}}"#)]
    }

    /// The caller interrupts what was said last; a late piece of it still comes.
    mutating func interrupts(_ said: String, kept: String) -> [WireMessage] {
        let late = audio()
        return [
            .text(#"{"type":"interruption","interruption_event":{"event_id":\#(number)}}"#), late,
            .text(
                #"{"type":"agent_response_correction","agent_response_correction_event":"#
                    + #"{"original_agent_response":"\#(said)","corrected_agent_response":"\#(kept)","event_id":8}}"#),
        ]
    }

    mutating func calls(_ name: String, id: String) -> [WireMessage] {
        openCalls.insert(id)
        return [
            .text(
                #"{"type":"client_tool_call","client_tool_call":{"tool_name":"\#(name)","tool_call_id":"\#(id)","#
                    + #""parameters":{"order":7}}}"#)
        ]
    }

    func pings(_ id: Int) -> [WireMessage] {
        [.text(#"{"type":"ping","ping_event":{"event_id":\#(id),"ping_ms":50}}"#)]
    }

    /// The rest of what a server may send.
    var others: [WireMessage] {
        [
            #"{"type":"vad_score","vad_score_event":{"vad_score":0.93}}"#,
            #"{"type":"internal_tentative_agent_response","tentative_agent_response_internal_event":{"tentative_agent_response":"Hm"}}"#,
            #"{"type":"agent_tool_response","agent_tool_response":{"tool_name":"x","tool_call_id":"y","is_error":false}}"#,
            #"{"type":"agent_chat_response_part","text_response_part":{"text":"As","type":"delta"}}"#,
            #"{"type":"agent_response_complete","agent_response_complete_event":{"event_id":12}}"#,
        ].map(WireMessage.text)
    }
}
