/// The kinds of service, as `type` names them.
public enum ServiceType: String, Sendable, Hashable, CaseIterable {
    case assistant, webhook, announcement, screening, queue, diversion
}

/// What only one kind of service has.
///
/// A further kind is a case here and in ``ServiceType``, and its keys in `ConfigurationTable.keys(of:)`; the compiler
/// names the other places.
public enum ServiceSettings: Sendable, Hashable {
    case assistant(AssistantDefinition)
    case webhook(WebhookDefinition)
    case announcement(AnnouncementDefinition)
    case screening(ScreeningDefinition)
    case queue(QueueDefinition)
    case diversion(DiversionDefinition)

    /// The defaults of a kind.
    init(_ type: ServiceType) {
        self =
            switch type {
            case .assistant: .assistant(AssistantDefinition())
            case .webhook: .webhook(WebhookDefinition())
            case .announcement: .announcement(AnnouncementDefinition())
            case .screening: .screening(ScreeningDefinition())
            case .queue: .queue(QueueDefinition())
            case .diversion: .diversion(DiversionDefinition())
            }
    }

    var type: ServiceType {
        switch self {
        case .assistant: .assistant
        case .webhook: .webhook
        case .announcement: .announcement
        case .screening: .screening
        case .queue: .queue
        case .diversion: .diversion
        }
    }
}

extension ServiceDefinition {
    /// Setting another kind than it is gives the defaults of that kind.
    public var type: ServiceType {
        get { settings.type }
        set { if newValue != type { settings = ServiceSettings(newValue) } }
    }

    /// The settings of an assistant; the defaults if the service is of another kind. Setting them makes it an assistant.
    public var assistant: AssistantDefinition {
        get { if case .assistant(let settings) = settings { settings } else { AssistantDefinition() } }
        set { settings = .assistant(newValue) }
    }

    /// The same of a webhook.
    public var webhook: WebhookDefinition {
        get { if case .webhook(let settings) = settings { settings } else { WebhookDefinition() } }
        set { settings = .webhook(newValue) }
    }

    /// The same of an announcement.
    public var announcement: AnnouncementDefinition {
        get { if case .announcement(let settings) = settings { settings } else { AnnouncementDefinition() } }
        set { settings = .announcement(newValue) }
    }

    /// The same of a diversion.
    public var diversion: DiversionDefinition {
        get { if case .diversion(let settings) = settings { settings } else { DiversionDefinition() } }
        set { settings = .diversion(newValue) }
    }

    /// The same of a queue.
    public var queue: QueueDefinition {
        get { if case .queue(let settings) = settings { settings } else { QueueDefinition() } }
        set { settings = .queue(newValue) }
    }

    /// The same of a screening.
    public var screening: ScreeningDefinition {
        get { if case .screening(let settings) = settings { settings } else { ScreeningDefinition() } }
        set { settings = .screening(newValue) }
    }
}
