/// Checks what a profile document means, beyond what reading it has found.
public struct ProfileValidator: Sendable {
    private let document: ProfileDocument

    private let sharedSets: SharedIFCSets?
    private let isPortabilityChecked: Bool

    /// - Parameters:
    ///   - sharedSets: The sets that the S-CSCF is configured with; `nil`: not known, and not checked.
    ///   - isPortabilityChecked: Whether to look for requests that other S-CSCFs treat differently.
    public init(_ document: ProfileDocument, sharedSets: SharedIFCSets? = nil, isPortabilityChecked: Bool = true) {
        self.document = document
        self.sharedSets = sharedSets
        self.isPortabilityChecked = isPortabilityChecked
    }

    /// Everything that is to be said about the document, in the order of its lines.
    ///
    /// - Parameter isStrict: Makes warnings errors.
    public func diagnostics(isStrict: Bool = false) -> [ProfileDiagnostic] {
        var found = document.diagnostics
        checkIdentities(&found)
        let cache = ExpressionCache()
        var compiler = TestCompiler(dialect: .standard, cache: cache)
        var analysis = ProfileAnalysis(cache: cache)
        var portability = isPortabilityChecked ? PortabilityChecks(cache: cache) : nil
        for profile in document.subscription.serviceProfiles {
            checkPriorities(profile, &found)
            checkSharedSets(profile, &found)
            var usable: [InitialFilterCriteria] = []
            for criterion in profile.initialFilterCriteria {
                guard CriterionChecks(criterion).run(&compiler, &found) else { continue }
                usable.append(criterion)
                analysis.check(criterion, &found)
                portability?.check(criterion, &analysis.search, &found)
            }
            for broken in profile.brokenCriteria { _ = CriterionChecks(broken).run(&compiler, &found) }
            analysis.checkServers(usable, &found)
        }
        analysis.checkLoops(document.subscription, &found)
        if isStrict {
            for index in found.indices where found[index].severity == .warning { found[index].severity = .error }
        }
        return found.inDocumentOrder
    }

    private func checkSharedSets(_ profile: ServiceProfile, _ found: inout [ProfileDiagnostic]) {
        guard let sharedSets, let location = profile.location else { return }
        for id in profile.sharedIFCSetIDs where sharedSets.sets[id] == nil {
            let known = sharedSets.sets.keys.sorted().map(String.init).joined(separator: ", ")
            let message = "SharedIFCSetID \(id) is none of the sets that are configured: \(known)."
            found.append(ProfileDiagnostic(.sharedSetUnknown, message, at: location))
        }
    }

    /// The errors to report with an evaluation: those of the document, and the patterns that its dialect refuses.
    public func errors(with compiled: CompiledProfile) -> [ProfileDiagnostic] {
        let errors = ProfileValidator(document, isPortabilityChecked: false).diagnostics().filter {
            $0.severity == .error && $0.rule != .patternInvalid && $0.rule != .patternBudget
        }
        return (errors + compiled.diagnostics).inDocumentOrder
    }

    /// Whether nothing in a list of diagnostics makes a document invalid.
    public static func isValid(_ diagnostics: [ProfileDiagnostic]) -> Bool {
        !diagnostics.contains { $0.severity == .error }
    }

    private func checkPriorities(_ profile: ServiceProfile, _ found: inout [ProfileDiagnostic]) {
        var first: [Int: SourceLocation] = [:]
        let used =
            profile.initialFilterCriteria.map { ($0.documentIndex, Optional($0.priority), $0.priorityLocation) }
            + profile.brokenCriteria.map { ($0.documentIndex, $0.priority, $0.priorityLocation) }
        for (_, priority, location) in used.sorted(by: { $0.0 < $1.0 }) {
            guard let priority, let location else { continue }
            if let other = first[priority] {
                let message =
                    "Priority \(priority) is used already on line \(other.line); each must be unique in "
                    + "a service profile (TS 29.228 Annex B.2.2)."
                found.append(ProfileDiagnostic(.priorityDuplicate, message, at: location))
            } else {
                first[priority] = location
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
