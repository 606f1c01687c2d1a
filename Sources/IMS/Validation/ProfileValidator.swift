/// Checks what a profile document means, beyond what reading it has found.
public struct ProfileValidator: Sendable {
    private let document: ProfileDocument

    public init(_ document: ProfileDocument) {
        self.document = document
    }

    /// Everything that is to be said about the document, in the order of its lines.
    ///
    /// - Parameter isStrict: Makes warnings errors.
    public func diagnostics(isStrict: Bool = false) -> [ProfileDiagnostic] {
        var found = document.diagnostics
        checkIdentities(&found)
        for profile in document.subscription.serviceProfiles {
            checkPriorities(profile, &found)
            for criterion in profile.initialFilterCriteria { CriterionChecks(criterion).run(&found) }
        }
        if isStrict {
            for index in found.indices where found[index].severity == .warning { found[index].severity = .error }
        }
        return found.inDocumentOrder
    }

    /// The errors to report with an evaluation: those of the document, and the patterns that its dialect refuses.
    public func errors(with compiled: CompiledProfile) -> [ProfileDiagnostic] {
        let errors = diagnostics().filter { $0.severity == .error && $0.rule != .patternInvalid }
        return (errors + compiled.diagnostics).inDocumentOrder
    }

    /// Whether nothing in a list of diagnostics makes a document invalid.
    public static func isValid(_ diagnostics: [ProfileDiagnostic]) -> Bool {
        !diagnostics.contains { $0.severity == .error }
    }

    private func checkPriorities(_ profile: ServiceProfile, _ found: inout [ProfileDiagnostic]) {
        var first: [Int: SourceLocation] = [:]
        for criterion in profile.initialFilterCriteria.sorted(by: { $0.documentIndex < $1.documentIndex }) {
            guard let location = criterion.priorityLocation else { continue }
            if let other = first[criterion.priority] {
                let message =
                    "Priority \(criterion.priority) is used already on line \(other.line); each must be unique in "
                    + "a service profile (TS 29.228 Annex B.2.2)."
                found.append(ProfileDiagnostic(.priorityDuplicate, message, at: location))
            } else {
                first[criterion.priority] = location
            }
        }
    }

    private func checkIdentities(_ found: inout [ProfileDiagnostic]) {
        var seen: [String: SourceLocation] = [:]
        for identity in document.subscription.serviceProfiles.flatMap(\.publicIdentities) {
            guard let location = identity.location else { continue }
            let scheme = identity.identity.prefix { $0 != ":" }.lowercased()
            if !["sip", "sips", "tel"].contains(scheme) || identity.identity.utf8.count <= scheme.utf8.count + 1 {
                let message = "Identity \"\(identity.identity)\" is neither a SIP nor a tel URI (TS 23.003 §13.4)."
                found.append(ProfileDiagnostic(.identityInvalid, message, at: location))
            }
            let isWildcarded =
                identity.type == .wildcardedPSI || identity.type == .wildcardedPublicUserIdentity
                || identity.wildcardedIdentity != nil
            let pattern = identity.wildcardedIdentity ?? identity.identity
            if isWildcarded, WildcardPattern(pattern) == nil {
                let message =
                    "The wildcarded identity \"\(pattern)\" has no usable pattern between two \"!\" "
                    + "(TS 23.003 §13.5)."
                found.append(ProfileDiagnostic(.wildcard, message, at: location))
            }
            let form = isWildcarded ? pattern : IdentityForm(identity.identity).text
            if let other = seen[form] {
                let message =
                    "Identity \"\(identity.identity)\" stands already on line \(other.line) "
                    + "(TS 23.228 §5.2.1a)."
                found.append(ProfileDiagnostic(.identityRepeated, message, at: location))
            } else {
                seen[form] = location
            }
        }
    }
}
