import VoiceEngine

extension AssistantService {
    /// Does what the engine asks for by a function call.
    ///
    /// - Returns: Whether the conversation with the engine is over.
    func perform(_ tool: EngineToolCall, in call: AnsweredCall) async -> Bool {
        switch tool.name {
        case AssistantTool.hangUp:
            await call.drainPlayback(atMost: .seconds(30))
            await call.hangUp()
            return true
        case AssistantTool.transfer:
            return await transfer(tool, in: call)
        case let name where configuration.tools?.tools.contains { $0.name == name } == true:
            if let runner = configuration.tools { await call.run(tool, by: runner) }
            return false
        default:
            await call.send(
                .toolResult(id: tool.id, output: #"{"error":"no such function"}"#, continueTurn: true)
            )
            return false
        }
    }
}
