import VoiceEngine

/// The server's side of the Gemini Live dialect. It sends its messages in binary frames, as the vendor's servers do.
struct GeminiModel: EngineModel {
    private enum Phase { case awaitingSetup, history, conversation }

    private(set) var complaints: [String] = []
    private(set) var setup: JSONText?
    private(set) var history: [String] = []
    private(set) var audioMessages = 0
    private(set) var heard: [String] = []
    private(set) var results: [String] = []
    private var phase = Phase.awaitingSetup
    private var openCalls: Set<String> = []

    /// The client speaks first.
    mutating func open() -> [WireMessage] { [] }

    mutating func receive(_ message: WireMessage) -> [WireMessage] {
        guard case .text(let text) = message, let json = JSONText(text) else {
            complaints.append("no JSON text")
            return []
        }
        let kinds = ["setup", "clientContent", "realtimeInput", "toolResponse"].filter { json.value($0) != nil }
        guard kinds.count == 1, let kind = kinds.first else {
            complaints.append("not one of the kinds: \(text)")
            return []
        }
        switch (phase, kind) {
        case (.awaitingSetup, "setup"):
            return apply(json)
        case (.history, "clientContent"):
            history += json.strings("role", inEach: "clientContent", "turns")
            if json.kind("clientContent", "turnComplete") == .true { phase = .conversation }
            return []
        case (.conversation, "clientContent"):
            return json.kind("clientContent", "turnComplete") == .true ? answer("Yes?") : []
        case (.conversation, "realtimeInput"):
            return receiveRealtime(json)
        case (.conversation, "toolResponse"):
            return receiveResults(json)
        default:
            complaints.append("\(kind) out of order")
            return []
        }
    }

    private mutating func apply(_ json: JSONText) -> [WireMessage] {
        setup = json
        if json.string("setup", "model")?.contains("/") != true { complaints.append("no resource name of a model") }
        let sendsHistory = json.kind("setup", "historyConfig", "initialHistoryInClientContent") == .true
        phase = sendsHistory ? .history : .conversation
        return message(#"{"setupComplete":{}}"#)
            + message(#"{"sessionResumptionUpdate":{"newHandle":"handle-1","resumable":true}}"#)
    }

    private mutating func receiveRealtime(_ json: JSONText) -> [WireMessage] {
        if let text = json.string("realtimeInput", "text") {
            heard.append(text)
            return answer("As you wish.")
        }
        guard json.string("realtimeInput", "audio", "mimeType") == "audio/pcm;rate=16000",
            json.kind("realtimeInput", "audio", "data") == .string
        else {
            complaints.append("realtime input of no known kind")
            return []
        }
        audioMessages += 1
        return []
    }

    private mutating func receiveResults(_ json: JSONText) -> [WireMessage] {
        for id in json.strings("id", inEach: "toolResponse", "functionResponses") {
            if openCalls.remove(id) == nil { complaints.append("a result of no call") }
            results.append(id)
        }
        return answer("It is done.")
    }

    /// Three pieces of 20 ms at 24 kHz.
    func answer(_ text: String) -> [WireMessage] {
        let data = String(repeating: "AAAA", count: 320)
        let piece =
            #"{"serverContent":{"modelTurn":{"role":"model","parts":[{"inlineData":"#
            + #"{"mimeType":"audio/pcm;rate=24000","data":"\#(data)"}}]}}}"#
        return message(piece) + message(#"{"serverContent":{"outputTranscription":{"text":"\#(text)"}}}"#)
            + message(piece) + message(piece) + message(#"{"serverContent":{"generationComplete":true}}"#)
            + message(
                #"{"serverContent":{"turnComplete":true},"usageMetadata":{"promptTokenCount":40,"#
                    + #""responseTokenCount":12,"totalTokenCount":52}}"#)
    }

    func hears(_ pieces: String...) -> [WireMessage] {
        pieces.flatMap { message(#"{"serverContent":{"inputTranscription":{"text":"\#($0)"}}}"#) }
    }

    /// The caller begins to speak while the model does.
    func interruptedAnswer() -> [WireMessage] {
        Array(answer("Let me explain").prefix(3)) + message(#"{"serverContent":{"interrupted":true}}"#)
            + message(#"{"serverContent":{"turnComplete":true}}"#)
    }

    mutating func calls(_ name: String, id: String) -> [WireMessage] {
        openCalls.insert(id)
        return message(#"{"toolCall":{"functionCalls":[{"id":"\#(id)","name":"\#(name)","args":{"order":7}}]}}"#)
    }

    mutating func cancels(_ id: String) -> [WireMessage] {
        openCalls.remove(id)
        return message(#"{"toolCallCancellation":{"ids":["\#(id)"]}}"#)
    }

    func message(_ text: String) -> [WireMessage] { [.binary(Array(text.utf8))] }
}
