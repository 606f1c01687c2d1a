import ApplicationServer
import VoiceEngine

extension ASConfiguration {
    /// The service of a definition.
    ///
    /// - Parameter tools: Gives the functions of the named workflows.
    func service(
        _ definition: ServiceDefinition,
        _ tools: ([String]) -> (any ToolRunner)?
    ) throws -> any CallService {
        switch definition.settings {
        case .assistant(let assistant): try service(assistant, named: definition.name, tools)
        }
    }

    private func service(
        _ assistant: AssistantDefinition,
        named name: String,
        _ tools: ([String]) -> (any ToolRunner)?
    ) throws -> AssistantService {
        var configuration = AssistantService.Configuration(
            engine: try endpoint(assistant.engine, of: name),
            session: EngineSessionConfiguration(instructions: assistant.instructions, voice: assistant.voice),
            greeting: assistant.greeting,
            fallback: assistant.fallback.flatMap { fallback[$0] }?.value,
            transferTargets: assistant.onward.transferTargets,
            transferMethod: assistant.onward.transferMethod,
            recordingDirectory: media.recordingDirectory,
            maximumDuration: limits.maxDuration
        )
        configuration.alternatives = try assistant.alternatives.map { try endpoint($0, of: name) }
        configuration.conversation = assistant.conversation
        configuration.transfer = assistant.onward.settings
        configuration.handOver = assistant.onward.handOver.value
        configuration.policy = assistant.onward.policy
        if !assistant.workflows.isEmpty { configuration.tools = tools(assistant.workflows) }
        configuration.recordingLayout = media.recordingLayout
        return AssistantService(configuration)
    }

    private func endpoint(_ engine: String, of service: String) throws -> EngineEndpoint {
        guard let definition = self.engine(named: engine) else {
            throw SystemError("service \(service): there is no engine \(engine)")
        }
        return try definition.endpoint()
    }
}
