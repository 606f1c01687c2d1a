extension IMSSubscription {
    /// The document that an HSS sends for the subscription (TS 29.228 Annex E): UTF-8, in the order of the schema.
    ///
    /// Reading it gives the same values again, places aside. Criteria that were broken are not written.
    public func xml() -> String {
        var writer = XMLWriter()
        writer.element("IMSSubscription") { writer in
            writer.element("PrivateID", privateID ?? "")
            for profile in serviceProfiles { profile.write(to: &writer) }
        }
        return writer.text
    }
}

extension ServiceProfile {
    /// A fragment with the service profile as its root.
    public func xml() -> String {
        var writer = XMLWriter()
        write(to: &writer)
        return writer.text
    }

    fileprivate func write(to writer: inout XMLWriter) {
        writer.element("ServiceProfile") { writer in
            for identity in publicIdentities { identity.write(to: &writer) }
            writeAuthorization(to: &writer)
            for criterion in initialFilterCriteria { criterion.write(to: &writer) }
            if !sharedIFCSetIDs.isEmpty {
                writer.element("Extension") { writer in
                    for id in sharedIFCSetIDs { writer.element("SharedIFCSetID", id) }
                }
            }
        }
    }

    private func writeAuthorization(to writer: inout XMLWriter) {
        guard subscribedMediaProfileID != nil || !serviceIDs.isEmpty else { return }
        writer.element("CoreNetworkServicesAuthorization") { writer in
            if let subscribedMediaProfileID { writer.element("SubscribedMediaProfileId", subscribedMediaProfileID) }
            guard !serviceIDs.isEmpty else { return }
            writer.element("Extension") { writer in
                writer.element("ListOfServiceIds") { writer in
                    for id in serviceIDs { writer.element("ServiceId", id) }
                }
            }
        }
    }
}

extension PublicIdentity {
    fileprivate func write(to writer: inout XMLWriter) {
        writer.element("PublicIdentity") { writer in
            if isBarred { writer.element("BarringIndication", true) }
            writer.element("Identity", identity)
            writeExtensions(to: &writer)
        }
    }

    /// The schema nests one Extension in the next: what is written depends on the deepest that is needed.
    private func writeExtensions(to writer: inout XMLWriter) {
        let isWildcardedUser = type == .wildcardedPublicUserIdentity || type == .nonDistinctPublicUserIdentity
        let levels: [((inout XMLWriter) -> Void)?] = [
            type != .publicUserIdentity || wildcardedIdentity != nil && !isWildcardedUser
                ? { writer in
                    writer.element("IdentityType", type.rawValue)
                    if let wildcardedIdentity, !isWildcardedUser {
                        writer.element("WildcardedPSI", wildcardedIdentity)
                    }
                } : nil,
            displayName != nil || aliasIdentityGroupID != nil
                ? { writer in
                    if let displayName { writer.element("DisplayName", displayName) }
                    if let aliasIdentityGroupID { writer.element("AliasIdentityGroupID", aliasIdentityGroupID) }
                } : nil,
            wildcardedIdentity != nil && isWildcardedUser || serviceLevelTraceInfo != nil
                || servicePriorityLevel != nil
                ? { writer in
                    if let wildcardedIdentity, isWildcardedUser {
                        writer.element("WildcardedIMPU", wildcardedIdentity)
                    }
                    if let serviceLevelTraceInfo { writer.element("ServiceLevelTraceInfo", serviceLevelTraceInfo) }
                    if let servicePriorityLevel { writer.element("ServicePriorityLevel", servicePriorityLevel) }
                } : nil,
            !extendedPriorities.isEmpty || maximumSimultaneousRegistrations != nil
                ? { writer in
                    for priority in extendedPriorities {
                        writer.element("ExtendedPriority") { writer in
                            writer.element("PriorityNamespace", priority.namespace)
                            writer.element("PriorityLevel", priority.level)
                        }
                    }
                    if let maximumSimultaneousRegistrations {
                        writer.element("MaxNumOfAllowedSimultRegistrations", maximumSimultaneousRegistrations)
                    }
                } : nil,
        ]
        guard let deepest = levels.lastIndex(where: { $0 != nil }) else { return }
        Self.write(levels[...deepest], to: &writer)
    }

    private static func write(_ levels: ArraySlice<((inout XMLWriter) -> Void)?>, to writer: inout XMLWriter) {
        guard let first = levels.first else { return }
        writer.element("Extension") { writer in
            first?(&writer)
            write(levels.dropFirst(), to: &writer)
        }
    }
}

extension InitialFilterCriteria {
    func write(to writer: inout XMLWriter) {
        writer.element("InitialFilterCriteria") { writer in
            writer.element("Priority", priority)
            if let triggerPoint {
                writer.element("TriggerPoint") { writer in
                    writer.element("ConditionTypeCNF", triggerPoint.isConjunctiveNormalForm)
                    for trigger in triggerPoint.servicePointTriggers { trigger.write(to: &writer) }
                }
            }
            writer.element("ApplicationServer") { writer in
                let server = applicationServer
                writer.element("ServerName", server.serverName)
                writer.element("DefaultHandling", server.defaultHandling.rawValue)
                if let info = server.serviceInfo { writer.element("ServiceInfo", info) }
                if server.includesRegisterRequest || server.includesRegisterResponse {
                    writer.element("Extension") { writer in
                        if server.includesRegisterRequest { writer.emptyElement("IncludeRegisterRequest") }
                        if server.includesRegisterResponse { writer.emptyElement("IncludeRegisterResponse") }
                    }
                }
            }
            if let profilePart { writer.element("ProfilePartIndicator", profilePart.rawValue) }
        }
    }
}

extension ServicePointTrigger {
    fileprivate func write(to writer: inout XMLWriter) {
        writer.element("SPT") { writer in
            writer.element("ConditionNegated", isNegated)
            for group in groups { writer.element("Group", group) }
            var registrationTypes: [RegistrationType] = []
            switch test {
            case .requestURI(let pattern): writer.element("RequestURI", pattern)
            case .method(let method, let types):
                writer.element("Method", method)
                registrationTypes = types
            case .sipHeader(let name, let content):
                writer.element("SIPHeader") { writer in
                    writer.element("Header", name)
                    if let content { writer.element("Content", content) }
                }
            case .sessionCase(let sessionCase): writer.element("SessionCase", sessionCase.rawValue)
            case .sessionDescription(let line, let content):
                writer.element("SessionDescription") { writer in
                    writer.element("Line", line)
                    if let content { writer.element("Content", content) }
                }
            }
            guard !registrationTypes.isEmpty else { return }
            writer.element("Extension") { writer in
                for type in registrationTypes { writer.element("RegistrationType", type.rawValue) }
            }
        }
    }
}
