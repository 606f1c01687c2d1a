import VoiceEngine

extension AnsweredCall {
    /// Carries out a function and gives its result to the engine, unless that is not wanted any more by then.
    func run(_ tool: EngineToolCall, by runner: any ToolRunner) async {
        guard let wanted = core.tools.begin(tool.id) else { return }
        let context = await core.toolContext
        let start = core.age
        let output = await withTaskGroup(of: ToolOutput?.self) { group in
            group.addTask { await runner.run(tool, in: context) }
            group.addTask {
                for await _ in wanted {}
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        let isWanted = core.tools.end(tool.id)
        let time = core.age - start
        await core.noteTool(
            CallRecord.ToolRun(
                name: tool.name,
                outcome: isWanted ? output?.outcome ?? "cancelled" : "cancelled",
                milliseconds: time.milliseconds
            ),
            detail: output?.detail ?? ""
        )
        guard isWanted, let output else { return }
        await send(.toolResult(id: tool.id, output: output.output, continueTurn: true))
    }
}

extension CallCore {
    var toolContext: ToolContext {
        ToolContext(
            callID: callID,
            service: record.service,
            caller: request.isCallerWithheld ? nil : request.assertedIdentities.first?.uriText,
            callee: request.request.requestURI,
            servedUser: request.servedUser?.identity
        )
    }
}
