extension ProfileReader {
    /// - Parameter isFragment: A fragment need not name identities.
    mutating func serviceProfile(_ element: ProfileElement, isFragment: Bool) -> ServiceProfile {
        var profile = ServiceProfile()
        profile.location = element.location
        checkChildren(
            of: element,
            [
                ("PublicIdentity", isFragment ? .any : .oneOrMore), ("CoreNetworkServicesAuthorization", .optional),
                ("InitialFilterCriteria", .any), ("Extension", .optional),
            ])
        for child in element.children("PublicIdentity") {
            if let identity = publicIdentity(child) { profile.publicIdentities.append(identity) }
        }
        if let services = element.first("CoreNetworkServicesAuthorization") {
            if let media = services.first("SubscribedMediaProfileId") {
                profile.subscribedMediaProfileID = integer(of: media, in: 0...Int(Int32.max))
            }
            for list in extensionElements(of: services, named: "ListOfServiceIds") {
                profile.serviceIDs += list.children("ServiceId").compactMap { text(of: $0) }
            }
        }
        for child in extensionElements(of: element, named: "SharedIFCSetID") {
            if let id = integer(of: child, in: 0...Int(Int32.max)) { profile.sharedIFCSetIDs.append(id) }
        }
        readCriteria(of: element, into: &profile)
        return profile
    }

    mutating func publicIdentity(_ element: ProfileElement) -> PublicIdentity? {
        checkChildren(
            of: element, [("BarringIndication", .optional), ("Identity", .one), ("Extension", .optional)])
        guard let child = element.first("Identity"), let text = text(of: child) else { return nil }
        var identity = PublicIdentity(identity: text)
        identity.location = child.location
        if let barring = element.first("BarringIndication") { identity.isBarred = boolean(of: barring) ?? false }
        // The schema nests one Extension in the next, release by release.
        var level = element.first("Extension")
        while let current = level {
            readExtension(current, into: &identity)
            level = current.first("Extension")
        }
        return identity
    }

    private mutating func readExtension(_ element: ProfileElement, into identity: inout PublicIdentity) {
        for child in element.children {
            switch child.name {
            case "IdentityType":
                if let value = integer(of: child, in: 0...4) {
                    identity.type = PublicIdentity.IdentityType(rawValue: value) ?? .publicUserIdentity
                    if value == 3 {
                        report(
                            .identityTypeAmbiguous,
                            "IdentityType 3 means a wildcarded identity to a Release 8 S-CSCF and a non-distinct "
                                + "identity to later ones (TS 29.228 Annex E).", child)
                    }
                }
            case "WildcardedPSI", "WildcardedIMPU": identity.wildcardedIdentity = text(of: child)
            case "DisplayName": identity.displayName = child.text
            case "AliasIdentityGroupID": identity.aliasIdentityGroupID = text(of: child)
            case "ServiceLevelTraceInfo": identity.serviceLevelTraceInfo = child.text
            case "ServicePriorityLevel": identity.servicePriorityLevel = integer(of: child, in: 0...4)
            case "MaxNumOfAllowedSimultRegistrations":
                identity.maximumSimultaneousRegistrations = integer(of: child, in: 1...Int(Int32.max))
            case "ExtendedPriority":
                if let namespace = child.first("PriorityNamespace"), let level = child.first("PriorityLevel") {
                    identity.extendedPriorities.append(
                        PublicIdentity.ExtendedPriority(namespace: namespace.text, level: level.text))
                }
            default: break
            }
        }
    }
}
