import VoiceEngine

extension AssistantService {
    /// The engine is gone in the middle of the call: the caller goes to a person, not into silence.
    func rescue(_ call: AnsweredCall) async {
        guard let uri = configuration.fallback?.uri else {
            return await call.hangUp(reason: "SIP;cause=503;text=\"Engine lost\"")
        }
        do {
            try await call.transfer(to: .direct(uri), by: .reinvite)
        } catch {
            await call.hangUp(reason: "SIP;cause=503;text=\"Engine lost\"")
        }
    }

    func transfer(_ tool: EngineToolCall, in call: AnsweredCall) async -> Bool {
        guard let name = AssistantTool.target(in: tool.arguments), let uri = configuration.transferTargets[name] else {
            await call.note("transfer-refused", tool.arguments)
            await call.send(
                .toolResult(id: tool.id, output: #"{"error":"target not allowed"}"#, continueTurn: true)
            )
            return false
        }
        await call.drainPlayback(atMost: .seconds(30))
        do {
            try await call.transfer(to: .direct(uri), by: configuration.transferMethod)
            return true
        } catch {
            await call.send(
                .toolResult(id: tool.id, output: #"{"error":"the target did not answer"}"#, continueTurn: true)
            )
            return false
        }
    }
}
