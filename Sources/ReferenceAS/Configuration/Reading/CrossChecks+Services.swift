import ApplicationServer

/// What goes together in services.
extension CrossChecks {
    mutating func checkServices() {
        for (index, service) in configuration.services.enumerated() {
            if !service.name.isEmpty, configuration.services[..<index].contains(where: { $0.name == service.name }) {
                add("services", at: index, "name", "another service is named \(service.name)")
            }
            switch service.settings {
            case .assistant(let assistant): checkAssistant(assistant, at: index)
            case .webhook(let webhook): checkWebhook(webhook, at: index)
            case .announcement(let announcement): checkAnnouncement(announcement, at: index)
            case .screening(let screening): checkScreening(screening, at: index)
            case .queue(let queue): checkQueue(queue, at: index)
            case .diversion(let diversion): checkDiversion(diversion, at: index)
            }
        }
    }

    private mutating func checkAssistant(_ assistant: AssistantDefinition, at index: Int) {
        if !assistant.engine.isEmpty, configuration.engine(named: assistant.engine) == nil {
            let hint = hint(assistant.engine, configuration.engines.map(\.name))
            add("services", at: index, "engine", "there is no engine \(assistant.engine)\(hint)")
        }
        checkConversation(assistant, at: index)
        checkFallback(assistant.fallback, at: index)
        checkOnward(assistant.onward, takesBack: true, at: index)
        for name in assistant.workflows where configuration.workflows[name] == nil {
            let hint = hint(name, configuration.workflows.keys.sorted())
            add("services", at: index, "workflows", "there is no workflow \(name)\(hint)")
        }
    }

    private mutating func checkFallback(_ name: String?, at index: Int) {
        guard let name, configuration.fallback[name] == nil else { return }
        let hint = hint(name, configuration.fallback.keys.sorted())
        add("services", at: index, "fallback", "there is no fallback \(name)\(hint)")
    }

    private mutating func checkWebhook(_ webhook: WebhookDefinition, at index: Int) {
        if let url = webhook.url {
            checkReach(of: url, "services[\(index)].webhook.url", origin("services", at: index, "webhook.url"))
        }
        for (name, secret) in [("secret", webhook.secret), ("previousSecret", webhook.previousSecret)] {
            guard let secret else { continue }
            let key = "webhook.\(name)"
            check(secret, "services[\(index)].\(key)", origin("services", at: index, key))
        }
        checkFallback(webhook.fallback, at: index)
        checkOnward(webhook.onward, at: index)
    }

    private mutating func checkAnnouncement(_ announcement: AnnouncementDefinition, at index: Int) {
        if announcement.sounds.isEmpty { add("services", at: index, "sounds", "must name at least one") }
        if let end = announcement.end, end.when != announcement.when {
            add("services", at: index, "end", "\(end.rawValue) needs when: \(end.when.rawValue)")
        }
        if announcement.end?.needsTarget == true, announcement.target == nil {
            add("services", at: index, "target", "is missing: \(announcement.end?.rawValue ?? "") needs it")
        }
        checkTarget(announcement.target, "target", of: announcement.onward, at: index)
        checkOnward(announcement.onward, at: index)
    }

    private mutating func checkDiversion(_ diversion: DiversionDefinition, at index: Int) {
        if diversion.targets.isEmpty { add("services", at: index, "divert", "must name at least one target") }
        for key in ConfigurationTable.diversion where key.name.hasPrefix("divert.") {
            checkTarget(key.render(diversion), key.name, of: diversion.onward, at: index)
        }
        checkOnward(diversion.onward, at: index)
    }

    private mutating func checkQueue(_ queue: QueueDefinition, at index: Int) {
        let agents = queue.queue.agents
        if agents.isEmpty { add("services", at: index, "agents", "must name at least one") }
        if Set(agents).count != agents.count { add("services", at: index, "agents", "names an agent twice") }
        for agent in agents { checkTarget(agent, "agents", of: queue.onward, at: index) }
        checkTarget(queue.queue.overflow, "overflow", of: queue.onward, at: index)
        for way in queue.onward.value.transfer.ways where !QueueDefinition.ways.contains(way) {
            let key = queue.onward.transfer.ways.isEmpty ? "transferMethod" : "transfer.ways"
            add(
                "services", at: index, key,
                "\(way.rawValue) takes a call out of sight, and nobody would know when its agent is free: reinvite or relay"
            )
        }
        checkOnward(queue.onward, at: index)
    }

    private mutating func checkScreening(_ screening: ScreeningDefinition, at index: Int) {
        let others = configuration.services.filter { $0.type != .screening }.map(\.name)
        if let name = screening.interviewer {
            if !others.contains(name) {
                let hint = hint(name, others)
                add(
                    "services", at: index, "interviewer",
                    "there is no service \(name) that is not a screening\(hint)")
            }
        } else if screening.rules.unknown == .ask || screening.rules.anonymous == .ask {
            add("services", at: index, "interviewer", "is missing: ask needs a service that asks")
        }
    }

    /// A name that has to be one of the transfer targets.
    private mutating func checkTarget(_ name: String?, _ key: String, of onward: OnwardDefinition, at index: Int) {
        guard let name, onward.transferTargets[name] == nil else { return }
        let hint = hint(name, onward.transferTargets.keys.sorted())
        add("services", at: index, key, "there is no transfer target \(name)\(hint)")
    }

    private mutating func checkConversation(_ assistant: AssistantDefinition, at index: Int) {
        for name in assistant.alternatives where configuration.engine(named: name) == nil {
            let hint = hint(name, configuration.engines.map(\.name))
            add("services", at: index, "engines", "there is no engine \(name)\(hint)")
        }
        if Set([assistant.engine] + assistant.alternatives).count <= assistant.alternatives.count {
            add("services", at: index, "engines", "names an engine twice, or that of engine")
        }
        let policy = assistant.conversation
        if policy.longestWait < policy.stallTime {
            add("services", at: index, "conversation.longestWait", "must not be shorter than conversation.stallTime")
        }
        if policy.silence.end == .transfer, assistant.fallback.flatMap({ configuration.fallback[$0]?.uri }) == nil {
            add("services", at: index, "conversation.noInput.end", "transfer needs a fallback with a URI")
        }
    }

    private mutating func checkOnward(_ onward: OnwardDefinition, takesBack: Bool = false, at index: Int) {
        if onward.transfer.afterTarget == .returnToService, !takesBack {
            add("services", at: index, "transfer.afterTarget", "only a service with an engine takes callers back")
        }
        if onward.transfer.route == .servingCSCF, configuration.outbound.servingCSCF == nil {
            add("services", at: index, "transfer.route", "s-cscf needs outbound.servingCSCF")
        }
        for name in onward.transfer.next { checkTarget(name, "transfer.next", of: onward, at: index) }
        if Set(onward.transfer.ways).count != onward.transfer.ways.count {
            add("services", at: index, "transfer.ways", "names a way twice")
        }
        let times = [
            ("ringTime", onward.transfer.ringTime), ("notifyTime", onward.transfer.notifyTime),
            ("limit", onward.transfer.limit), ("releaseRetry", onward.transfer.releaseRetry),
        ]
        for (name, time) in times {
            guard let time, time < .milliseconds(1) || time > .seconds(3_600) else { continue }
            add("services", at: index, "transfer.\(name)", "must be from 1ms to 1h")
        }
        if let gateway = onward.policy.numberGateway {
            if case .resource(let uri)? = CallTarget(gateway), uri.user == nil { return }
            add(
                "services", at: index, "policy.numberGateway",
                "must be sip:host, without a user: the number takes its place")
        } else if onward.policy.allowed.contains(where: { if case .prefix = $0 { true } else { false } }) {
            add(
                "services", at: index, "policy.allow",
                "has numbers: set policy.numberGateway, which takes calls to them")
        }
    }
}
