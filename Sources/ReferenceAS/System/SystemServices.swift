import ApplicationServer
import SIP
import VoiceEngine

/// What the services of a deployment share.
struct ServiceParts {
    /// Gives the functions of the named workflows.
    var tools: ([String]) -> (any ToolRunner)?
    /// Gives what leads the calls of a webhook of this name.
    var source: (WebhookDefinition, String) throws -> any CallActionSource
    /// The voice of those who have no engine; `nil`: there is none.
    var speech: (any SpeechRenderer)?
}

extension ASConfiguration {
    /// The services by name.
    func services(_ parts: ServiceParts) throws -> [String: any CallService] {
        var services: [String: any CallService] = [:]
        // Those that another one may name come first.
        for definition in self.services where definition.type != .screening {
            services[definition.name] = try service(definition, services, parts)
        }
        for definition in self.services where definition.type == .screening {
            services[definition.name] = try service(definition, services, parts)
        }
        return services
    }

    private func service(
        _ definition: ServiceDefinition,
        _ others: [String: any CallService],
        _ parts: ServiceParts
    ) throws -> any CallService {
        switch definition.settings {
        case .assistant(let assistant): try service(assistant, named: definition.name, parts.tools)
        case .webhook(let webhook): try service(webhook, named: definition.name, parts)
        case .announcement(let announcement): AnnouncementService(announcement.value)
        case .screening(let screening):
            ScreeningService(screening.value(screening.interviewer.flatMap { others[$0] }))
        case .queue(let queue): QueueService(queue.value)
        case .diversion(let diversion): DiversionService(diversion.value)
        }
    }

    private func service(
        _ webhook: WebhookDefinition,
        named name: String,
        _ parts: ServiceParts
    ) throws -> ActionService {
        var configuration = ActionService.Configuration(source: try parts.source(webhook, name))
        configuration.speech = parts.speech
        configuration.files = webhook.files.map { MediaFolder($0) }
        configuration.fallback = webhook.fallback.flatMap { fallback[$0] }?.value
        configuration.announcement = webhook.announcement
        configuration.filler = webhook.filler
        configuration.onward = webhook.onward.value
        configuration.recordingDirectory = media.recordingDirectory
        configuration.recordingLayout = media.recordingLayout
        configuration.maximumDuration = limits.maxDuration
        return ActionService(configuration)
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
        let onward = assistant.onward.value
        configuration.transfer = onward.transfer
        configuration.handOver = onward.handOver
        configuration.policy = onward.policy
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

extension AnnouncementDefinition {
    fileprivate var value: AnnouncementService.Configuration {
        AnnouncementService.Configuration(
            Announcement(sounds, times: times, limit: limit), course, onward: onward.value)
    }

    private var course: AnnouncementService.Course {
        switch (when, end) {
        case (.early, .route): .early(then: .route(to: target ?? ""))
        case (.early, .resume): .early(then: .resume)
        case (.early, _):
            .early(then: .reject(StatusCode(rawValue: status) ?? .temporarilyUnavailable, cause: cause))
        case (.answered, .transfer): .answered(then: .transfer(to: target ?? ""))
        case (.answered, _): .answered(then: .hangUp)
        }
    }
}

extension ScreeningDefinition {
    fileprivate func value(_ interviewer: (any CallService)?) -> ScreeningService.Configuration {
        var value = ScreeningService.Configuration(rules)
        value.servedBy = servedBy
        value.status = StatusCode(rawValue: status) ?? .decline
        value.interviewer = interviewer
        return value
    }
}
