/// What an evaluation needs to know besides the request.
public struct EvaluationContext: Sendable, Hashable {
    public var sessionCase: SessionCase
    /// Which REGISTER the request is; `nil` for other methods, or when it is not known.
    public var registrationType: RegistrationType?
    /// Whether the served user is registered; selects by ProfilePartIndicator.
    public var isRegistered: Bool

    /// - Parameter isRegistered: `nil`: what the session case says; ORIGINATING_CDIV says nothing and counts as
    ///   registered.
    public init(sessionCase: SessionCase, registrationType: RegistrationType? = nil, isRegistered: Bool? = nil) {
        self.sessionCase = sessionCase
        self.registrationType = registrationType
        self.isRegistered = isRegistered ?? sessionCase.impliesRegistered
    }
}

extension SessionCase {
    package var impliesRegistered: Bool {
        switch self {
        case .originating, .terminatingRegistered, .originatingCDIV: true
        case .terminatingUnregistered, .originatingUnregistered: false
        }
    }
}
