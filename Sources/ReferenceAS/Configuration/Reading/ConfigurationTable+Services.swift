import ApplicationServer

/// The keys of services.
extension ConfigurationTable {
    typealias ServiceKey = ConfigurationKey<ServiceDefinition>

    /// Those that every service has, and those of its kind.
    static func keys(of type: ServiceType) -> [ServiceKey] {
        let own: [ServiceKey] =
            switch type {
            case .assistant: assistant.map { $0.within(\.assistant) }
            case .webhook: webhook.map { $0.within(\.webhook) }
            case .announcement: announcement.map { $0.within(\.announcement) }
            case .screening: screening.map { $0.within(\.screening) }
            case .queue: queue.map { $0.within(\.queue) }
            case .diversion: diversion.map { $0.within(\.diversion) }
            }
        return service + own
    }

    /// The kinds of service that have a key; empty for a key that none has.
    static func types(having name: String) -> [ServiceType] {
        ServiceType.allCases.filter { type in
            keys(of: type).contains { $0.name == name || $0.name.hasPrefix(name + ".") }
        }
    }

    private static let service: [ServiceKey] = [
        ServiceKey("name", \.name, .name, required: true, "For logs and metrics."),
        ServiceKey(
            "type", \.type, .choice(),
            "What is done with its calls: \(ServiceType.allCases.map(\.rawValue).joined(separator: ", "))."),
        ServiceKey(
            "match.serviceInfo", \.matching.serviceInfo, ValueType<String>.text.optional,
            "ServiceInfo of the initial filter criterion. Services are asked in order; without match: all other calls."),
        ServiceKey(
            "match.requestURI", \.matching.requestURI, ValueType<String>.text.optional,
            "Request URI of the INVITE, or its user part."),
        ServiceKey(
            "match.sessionCase", \.matching.sessionCase, ValueType<ServiceMatch.SessionCase>.choice().optional,
            "originating, terminating-registered, terminating-unregistered, originating-unregistered, "
                + "originating-cdiv."),
    ]

    private static let assistant: [ConfigurationKey<AssistantDefinition>] =
        [
            ConfigurationKey("engine", \.engine, .name, required: true, "Name of an engine."),
            ConfigurationKey(
                "fallback", \.fallback, ValueType<String>.name.optional,
                "Name of a fallback; without it, a call the engine cannot take gets 503."),
            ConfigurationKey(
                "instructions", \.instructions, ValueType<String>.text.optional, "What the engine is told to be."),
            ConfigurationKey("greeting", \.greeting, ValueType<String>.text.optional, "What the engine says first."),
            ConfigurationKey("voice", \.voice, ValueType<String>.text.optional, "The engine's name of the voice."),
            ConfigurationKey(
                "workflows", \.workflows, ValueType<String>.name.list, "Names of workflows that the engine may call."),
        ]
        + conversation
        + onward.map { $0.within(\.onward) }
}

extension ServiceDefinition {
    /// ``match`` for the table: conditions that are set make it, and taking the last one away removes it.
    fileprivate var matching: ServiceMatch {
        get { match ?? ServiceMatch() }
        set { match = newValue == ServiceMatch() ? nil : newValue }
    }
}
