import SIP

/// Why a document gives no service profile.
public struct ProfileError: Error, Sendable, Hashable {
    /// What is wrong, in document order; at least one of them is an error.
    public let diagnostics: [ProfileDiagnostic]
}

extension ServiceProfile {
    /// Reads the first service profile of a document, leniently: a broken criterion is left out, see
    /// ``brokenCriteria``. For several profiles, and for what was odd, use ``ProfileDocument``.
    ///
    /// - Throws: ``ProfileError`` if the document cannot be read or holds no service profile.
    public init(parsing bytes: [UInt8]) throws(ProfileError) {
        let document = ProfileDocument(reading: bytes)
        guard let profile = document.subscription.serviceProfiles.first else {
            throw ProfileError(diagnostics: document.diagnostics)
        }
        self = profile
    }

    public init(parsing text: String) throws(ProfileError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// Says which criteria a request meets, and why. Compiles the profile each time: to evaluate often, keep a
    /// ``CompiledProfile``.
    public func evaluate(_ request: SIPRequest, in context: EvaluationContext) -> ProfileEvaluation {
        CompiledProfile(self).evaluate(request, in: context)
    }
}

extension EvaluationContext {
    public static let originating = EvaluationContext(sessionCase: .originating)
    public static let terminatingRegistered = EvaluationContext(sessionCase: .terminatingRegistered)
    public static let terminatingUnregistered = EvaluationContext(sessionCase: .terminatingUnregistered)
    public static let originatingUnregistered = EvaluationContext(sessionCase: .originatingUnregistered)
    public static let originatingCDIV = EvaluationContext(sessionCase: .originatingCDIV)
}
