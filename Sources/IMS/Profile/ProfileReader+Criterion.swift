import SIP

extension ProfileReader {
    mutating func readCriteria(of element: ProfileElement, into profile: inout ServiceProfile) {
        let start = profile.initialFilterCriteria.count + profile.brokenCriteria.count
        for (offset, child) in element.children("InitialFilterCriteria").enumerated() {
            readCriterion(child, index: start + offset, into: &profile)
        }
    }

    mutating func readCriterion(_ element: ProfileElement, index: Int, into profile: inout ServiceProfile) {
        brokenReason = nil
        readableTriggers = []
        checkChildren(
            of: element,
            [
                ("Priority", .one), ("TriggerPoint", .optional), ("ApplicationServer", .one),
                ("ProfilePartIndicator", .optional), ("Extension", .optional),
            ], inCriterion: true)
        // One too many breaks the criterion, and is read like the first: whoever mends it learns everything at once.
        let priorityElement = element.first("Priority")
        let priority = element.children("Priority").map { criterionInteger($0, in: 0...Int(Int32.max)) }.first ?? nil
        let triggerPoint = element.children("TriggerPoint").map { self.triggerPoint($0) }.first ?? nil
        let server = element.children("ApplicationServer").map { applicationServer($0) }.first ?? nil
        let part = element.children("ProfilePartIndicator").map { criterionInteger($0, in: 0...1) }.first ?? nil

        guard brokenReason == nil, let priority, let server else {
            let reason = brokenReason ?? "The criterion is incomplete."
            profile.brokenCriteria.append(
                BrokenCriterion(
                    documentIndex: index, priority: priority, reason: reason,
                    priorityLocation: priorityElement?.location, readableTriggers: readableTriggers))
            return
        }
        profile.initialFilterCriteria.append(
            InitialFilterCriteria(
                priority: priority, triggerPoint: triggerPoint, applicationServer: server,
                profilePart: part.flatMap { InitialFilterCriteria.ProfilePart(rawValue: $0) },
                documentIndex: index, location: element.location, priorityLocation: priorityElement?.location))
    }

    /// A number without which the criterion has no meaning.
    mutating func criterionInteger(_ element: ProfileElement, in range: ClosedRange<Int>) -> Int? {
        let value = integer(of: element, in: range)
        if value == nil, brokenReason == nil { brokenReason = diagnostics.last?.message }
        return value
    }

    mutating func criterionBoolean(_ element: ProfileElement) -> Bool? {
        let value = boolean(of: element)
        if value == nil, brokenReason == nil { brokenReason = diagnostics.last?.message }
        return value
    }

    mutating func criterionText(_ element: ProfileElement) -> String? {
        let value = text(of: element)
        if value == nil, brokenReason == nil { brokenReason = diagnostics.last?.message }
        return value
    }

    private mutating func applicationServer(_ element: ProfileElement) -> InitialFilterCriteria.ApplicationServer? {
        checkChildren(
            of: element,
            [
                ("ServerName", .one), ("DefaultHandling", .optional), ("ServiceInfo", .optional),
                ("Extension", .optional),
            ], inCriterion: true)
        let handling = element.first("DefaultHandling").flatMap { criterionInteger($0, in: 0...1) } ?? 0
        guard let nameElement = element.first("ServerName"), let name = criterionText(nameElement) else { return nil }
        if !isSIPURI(name) {
            breakCriterion(
                .serverName, "ServerName \"\(excerpt(name))\" is not a SIP URI (TS 29.228 Annex B.2).", nameElement)
        }
        var server = InitialFilterCriteria.ApplicationServer(
            serverName: name,
            defaultHandling: InitialFilterCriteria.DefaultHandling(rawValue: handling) ?? .sessionContinued)
        server.serviceInfo = element.first("ServiceInfo")?.text
        server.includesRegisterRequest = !extensionElements(of: element, named: "IncludeRegisterRequest").isEmpty
        server.includesRegisterResponse = !extensionElements(of: element, named: "IncludeRegisterResponse").isEmpty
        return server
    }

    private func isSIPURI(_ text: String) -> Bool {
        guard let uri = try? SIPURI(parsing: text) else { return false }
        return (uri.scheme == .sip || uri.scheme == .sips) && !uri.host.isEmpty
    }
}
