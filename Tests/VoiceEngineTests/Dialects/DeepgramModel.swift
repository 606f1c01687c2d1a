import VoiceEngine

/// The server's side of the Deepgram Voice Agent dialect.
struct DeepgramModel: EngineModel {
    private enum Phase { case awaitingSettings, conversation }

    private(set) var complaints: [String] = []
    private(set) var settings: JSONText?
    private(set) var audioOctets = 0
    private(set) var keepAlives = 0
    private(set) var prompts: [String] = []
    private var phase = Phase.awaitingSettings
    private var openCalls: [String: String] = [:]

    mutating func open() -> [WireMessage] {
        [.text(#"{"type":"Welcome","request_id":"fc553ec9-5874-49ca-a47c-b670d525a4b3"}"#)]
    }

    mutating func receive(_ message: WireMessage) -> [WireMessage] {
        switch message {
        case .binary(let audio):
            if phase != .conversation { complaints.append("audio before SettingsApplied") }
            audioOctets += audio.count
            return []
        case .text(let text):
            guard let json = JSONText(text), let type = json.string("type") else {
                complaints.append("no message: \(text)")
                return []
            }
            return receive(type, json)
        }
    }

    private mutating func receive(_ type: String, _ json: JSONText) -> [WireMessage] {
        guard (type == "Settings") == (phase == .awaitingSettings) else {
            complaints.append("\(type) out of order")
            return []
        }
        switch type {
        case "Settings":
            return apply(json)
        case "KeepAlive":
            keepAlives += 1
            return []
        case "InjectAgentMessage":
            return answer(json.string("message") ?? "")
        case "InjectUserMessage":
            return [.text(#"{"type":"AgentThinking","content":"Thinking"}"#)] + answer("As you wish.")
        case "UpdatePrompt":
            prompts.append(json.string("prompt") ?? "")
            return [.text(#"{"type":"PromptUpdated"}"#)]
        case "FunctionCallResponse":
            let id = json.string("id") ?? ""
            guard let name = openCalls.removeValue(forKey: id), name == json.string("name"),
                json.kind("content") == .string
            else {
                complaints.append("a response to no call")
                return []
            }
            return answer("It is done.")
        default:
            complaints.append("unknown \(type)")
            return []
        }
    }

    private mutating func apply(_ json: JSONText) -> [WireMessage] {
        settings = json
        for direction in ["input", "output"] {
            guard let encoding = json.string("audio", direction, "encoding"),
                ["linear16", "mulaw", "alaw"].contains(encoding), json.integer("audio", direction, "sample_rate") != nil
            else {
                return [.text(#"{"type":"Error","description":"Bad audio settings","code":"INVALID_SETTINGS"}"#)]
            }
        }
        if json.string("audio", "output", "container") != "none" { complaints.append("audio in a container") }
        if json.kind("agent") != .string {
            for part in ["listen", "think", "speak"] where json.string("agent", part, "provider", "type") == nil {
                complaints.append("no provider of \(part)")
            }
        }
        phase = .conversation
        return [.text(#"{"type":"SettingsApplied"}"#)]
    }

    /// The agent says something in three pieces of 20 ms at 8 kHz.
    func answer(_ text: String) -> [WireMessage] {
        [
            .text(#"{"type":"ConversationText","role":"assistant","content":"\#(text)"}"#),
            .text(#"{"type":"AgentStartedSpeaking","total_latency":1.5,"tts_latency":0.4,"ttt_latency":1.1}"#),
            .binary([UInt8](repeating: 1, count: 160)), .binary([UInt8](repeating: 2, count: 160)),
            .binary([UInt8](repeating: 3, count: 160)), .text(#"{"type":"AgentAudioDone"}"#),
        ]
    }

    func hears(_ text: String) -> [WireMessage] {
        [
            .text(#"{"type":"UserStartedSpeaking"}"#),
            .text(#"{"type":"ConversationText","role":"user","content":"\#(text)"}"#),
        ]
    }

    mutating func calls(_ name: String, id: String, isOurs: Bool = true) -> [WireMessage] {
        if isOurs { openCalls[id] = name }
        return [
            .text(
                #"{"type":"FunctionCallRequest","functions":[{"id":"\#(id)","name":"\#(name)","#
                    + #""arguments":"{\"order\": 7}","client_side":\#(isOurs)}]}"#)
        ]
    }

    mutating func cancels(_ name: String, id: String) -> [WireMessage] {
        openCalls[id] = nil
        return [.text(#"{"type":"FunctionCallCancelled","functions":[{"id":"\#(id)","name":"\#(name)"}]}"#)]
    }

    /// The rest of what a server may send.
    var others: [WireMessage] {
        [
            #"{"type":"LatencyReport","stt_latency":0.1,"ttt_token_latency":0.3,"tts_latency":0.2,"total_latency":0.9}"#,
            #"{"type":"History","role":"user","content":"hello"}"#, #"{"type":"SpeakUpdated"}"#,
            #"{"type":"ThinkUpdated"}"#, #"{"type":"ListenUpdated"}"#,
            #"{"type":"FunctionCallResponse","id":"f","name":"lookup","content":"{}"}"#,
            #"{"type":"InjectionRefused","message":"The user is speaking"}"#,
            #"{"type":"Warning","description":"Slow model","code":"SLOW_THINK_REQUEST"}"#,
        ].map(WireMessage.text)
    }
}
