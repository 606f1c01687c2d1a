import ApplicationServer

/// A service that plays something to callers.
public struct AnnouncementDefinition: Sendable, Hashable {
    public enum When: String, Sendable, Hashable, CaseIterable {
        /// As early media; the caller gets no answer.
        case early
        case answered
    }

    public enum End: String, Sendable, Hashable, CaseIterable {
        /// Of ``When/early``.
        case reject, route, resume
        /// Of ``When/answered``.
        case hangUp = "hang-up"
        case transfer

        var when: When {
            switch self {
            case .reject, .route, .resume: .early
            case .hangUp, .transfer: .answered
            }
        }

        var needsTarget: Bool { self == .route || self == .transfer }
    }

    public var sounds: [Announcement.Sound] = []
    public var times = 1
    /// Of all of it together.
    public var limit = Duration.seconds(120)
    public var when = When.early
    /// `nil`: reject, or hang up.
    public var end: End?
    /// Of ``End/reject``.
    public var status = 480
    /// Of Q.850, beside ``status``.
    public var cause: Int?
    /// Of ``End/route`` and ``End/transfer``: a name of the transfer targets.
    public var target: String?
    public var onward = OnwardDefinition()

    public init() {}
}
