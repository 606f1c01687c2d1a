import Codecs
import VoiceEngine

/// Conversations in which every message of a dialect is sent that the session sends or understands.
enum DialectSamples {
    static let configuration = EngineSessionConfiguration(
        instructions: "Be brief.",
        voice: "aura-2-thalia-en",
        language: "en",
        audioFormat: .pcmu,
        tools: [
            EngineTool(
                name: "lookup", description: "Finds an order",
                parameters: #"{"type":"object","properties":{"order":{"type":"integer"}},"required":["order"]}"#)
        ],
        call: EngineCallContext(callID: "c-1", caller: "+4930123456", callee: "+49800555", variables: ["tier": "gold"]),
        history: [EngineUtterance(speaker: .caller, text: "Hello"), EngineUtterance(speaker: .engine, text: "Hi")]
    )

    static func openAI() -> Dialogue<OpenAIRealtimeModel> {
        var settings = configuration
        settings.voice = "marin"
        var dialogue = Dialogue(EngineDialect.openAIRealtime.makeSession(settings), OpenAIRealtimeModel())
        dialogue.speak([UInt8](repeating: 0xFF, count: 160))
        dialogue.send(.startTurn(instructions: "Ask for the order."))
        dialogue.engineSends { $0.hears("order seven") }
        dialogue.engineSends { $0.answer("One moment", calling: "lookup") }
        for case .toolCall(let call) in dialogue.events {
            dialogue.send(.toolResult(id: call.id, output: #"{"found":true}"#, continueTurn: true))
        }
        for case .turnEnded(let turn, .completed) in dialogue.events {
            dialogue.send(.playedUpTo(turn, milliseconds: 20))
        }
        dialogue.send(.context("The caller is a customer."))
        dialogue.send(.userText("I am here"))
        dialogue.send(.say("Goodbye"))
        dialogue.send(.digit("1"))
        dialogue.engineSends { $0.begins() }
        dialogue.send(.cancelTurn)
        return dialogue
    }

    static func deepgram() -> Dialogue<DeepgramModel> {
        var dialogue = Dialogue(EngineDialect.deepgramAgent.makeSession(configuration), DeepgramModel())
        dialogue.speak([UInt8](repeating: 0xFF, count: 160))
        dialogue.send(.say("Welcome"))
        dialogue.send(.startTurn(instructions: "Ask for the order."))
        dialogue.engineSends { $0.hears("order seven") }
        dialogue.engineSends { $0.calls("lookup", id: "f-1") }
        dialogue.send(.toolResult(id: "f-1", output: #"{"found":true}"#, continueTurn: true))
        dialogue.engineSends { $0.calls("lookup", id: "f-2") }
        dialogue.engineSends { $0.cancels("lookup", id: "f-2") }
        dialogue.engineSends { $0.calls("remote", id: "f-3", isOurs: false) }
        dialogue.send(.context("The caller is a customer."))
        dialogue.send(.userText("I am here"))
        dialogue.send(.digit("1"))
        dialogue.engineSends { $0.others }
        dialogue.tick()
        dialogue.tick()
        return dialogue
    }

    static func gemini() -> Dialogue<GeminiModel> {
        var dialogue = Dialogue(EngineDialect.geminiLive.makeSession(configuration), GeminiModel())
        dialogue.speak([UInt8](repeating: 0, count: 640))
        dialogue.send(.say("Welcome"))
        dialogue.send(.startTurn(instructions: "Ask for the order."))
        dialogue.engineSends { $0.hears("order ", "seven") }
        dialogue.engineSends { $0.interruptedAnswer() }
        dialogue.engineSends { $0.calls("lookup", id: "f-1") }
        dialogue.send(.toolResult(id: "f-1", output: #"{"found":true}"#, continueTurn: true))
        dialogue.engineSends { $0.calls("lookup", id: "f-2") }
        dialogue.engineSends { $0.cancels("f-2") }
        dialogue.send(.context("The caller is a customer."))
        dialogue.send(.startTurn(instructions: nil))
        dialogue.send(.userText("I am here"))
        dialogue.send(.digit("1"))
        dialogue.engineSends { engine in
            engine.message(#"{"voiceActivity":{"voiceActivityType":"ACTIVITY_START"}}"#)
                + engine.message(#"{"goAway":{"timeLeft":"10s"}}"#)
        }
        return dialogue
    }

    static func elevenLabs() -> Dialogue<ElevenLabsModel> {
        var dialogue = Dialogue(EngineDialect.elevenLabsAgents.makeSession(configuration), ElevenLabsModel())
        dialogue.speak([UInt8](repeating: 0, count: 640))
        dialogue.engineSends { $0.pings(3) }
        dialogue.send(.startTurn(instructions: "Ask for the order."))
        dialogue.engineSends { $0.interrupts("As you wish.", kept: "As you") }
        dialogue.engineSends { $0.hears("order seven") }
        dialogue.engineSends { $0.calls("lookup", id: "t-1") }
        dialogue.send(.toolResult(id: "t-1", output: #"{"found":true}"#, continueTurn: true))
        dialogue.tick()
        dialogue.tick()
        dialogue.send(.context("The caller is a customer."))
        dialogue.send(.userText("I am here"))
        dialogue.engineSends { $0.hears("wait") }
        dialogue.send(.digit("1"))
        dialogue.engineSends { $0.others }
        return dialogue
    }
}
