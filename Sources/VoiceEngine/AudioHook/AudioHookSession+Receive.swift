extension AudioHookSession {
    private static let maximumEntities = 64

    mutating func receive(text: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        switch phase {
        case .opening, .open, .closing: break
        case .connecting, .over: return
        }
        var document = self.document  // Taken out for the time of the call, so that it is not copied.
        self.document = JSONDocument.empty
        defer { self.document = document }
        do {
            try document.parse(text)
        } catch {
            return fail(400, "not JSON: \(error)", &out)
        }
        if let fault = envelope.take(document, text) { return fail(400, fault, &out) }
        guard let type = document.string("type", in: text) else { return fail(400, "a message without a type", &out) }
        let parameters = document.member("parameters", in: text)
        switch (type, phase) {
        case ("opened", .opening): receiveOpened(parameters, document, text, &out)
        case ("closed", .closing):
            tellVariables(parameters, document, text, &out)
            phase = .over
        case ("disconnect", .opening), ("disconnect", .open): receiveDisconnect(parameters, document, text, &out)
        case (_, .open): receive(type, parameters, document, text, &out)
        default: break
        }
    }

    private mutating func receiveOpened(
        _ parameters: JSONDocument.Value?,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        let media = parameters.flatMap { document.member("media", of: $0, in: text) }
        let chosen = media.flatMap { document.elements(of: $0).first }
        guard let chosen, document.member("format", equals: "PCMU", of: chosen, in: text) else {
            return fail(415, "the server has not chosen the audio that was offered", &out)
        }
        phase = .open
        beginPinging()
        if configuration.audioFormat != .pcmu {
            out.append(.inputFormat(.pcmu))
            out.append(.outputFormat(.pcmu))
        }
        if parameters.flatMap({ document.bool("startPaused", of: $0, in: text) }) == true { pausedAt = 0 }
        out.append(.event(.ready))
        out.append(.event(.resumable(position.resumption)))
    }

    /// Where the session stands now.
    private var position: Position {
        Position(
            session: envelope.identifier, conversation: conversation, serverSequence: envelope.serverSequence,
            sequence: envelope.sequence)
    }

    private mutating func receive(
        _ type: String,
        _ parameters: JSONDocument.Value?,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        switch type {
        case "pong":
            pingSent = nil
        case "pause":
            if pausedAt == nil { pausedAt = envelope.samples }
            out.append(.send(envelope.message("paused")))
        case "resume":
            guard let since = pausedAt else { return }
            pausedAt = nil
            let discarded = envelope.samples - since
            out.append(
                .send(
                    envelope.message("resumed") { json in
                        json.member("start", AudioHookEnvelope.duration(samples: since))
                        json.member("discarded", AudioHookEnvelope.duration(samples: discarded))
                    }))
        case "event":
            guard let entities = parameters.flatMap({ document.member("entities", of: $0, in: text) }) else { return }
            for entity in document.elements(of: entities).prefix(Self.maximumEntities) {
                receive(entity: entity, document, text, &out)
            }
        case "reconnect":
            isReconnecting = true
            out.append(.event(.resumable(position.resumption)))
            out.append(.event(.goingAway(within: nil)))
        default:
            break  // `updated`, and what later versions add.
        }
    }

    private mutating func receive(
        entity: JSONDocument.Value,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        let data = document.member("data", of: entity, in: text)
        switch document.string("type", of: entity, in: text) {
        case "barge_in":
            turns.interrupt(into: &out)
        case "transcript":
            guard let data, document.bool("isFinal", of: data, in: text) == true else { return }
            let best = document.member("alternatives", of: data, in: text).flatMap { document.elements(of: $0).first }
            let read = best.flatMap { document.member("interpretations", of: $0, in: text) }
                .flatMap { document.elements(of: $0).first }
            if let said = read.flatMap({ document.string("transcript", of: $0, in: text) }) {
                out.append(.event(.transcript(.caller, text: said, isFinal: true)))
            }
        default:
            break  // `bot_turn_response` tells nothing that the audio after it does not.
        }
    }

    private func tellVariables(
        _ parameters: JSONDocument.Value?,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        let variables = outputVariables(parameters, document, text)
        if !variables.isEmpty { out.append(.event(.variables(variables))) }
    }

    private func outputVariables(
        _ parameters: JSONDocument.Value?,
        _ document: JSONDocument,
        _ text: Span<UInt8>
    ) -> [String: String] {
        document.texts(of: parameters.flatMap { document.member("outputVariables", of: $0, in: text) }, in: text)
    }

    /// The bot is done, or will not begin. What comes next is the service's decision, with the bot's variables before
    /// it.
    private mutating func receiveDisconnect(
        _ parameters: JSONDocument.Value?,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        let reason = parameters.flatMap { document.string("reason", of: $0, in: text) } ?? "error"
        let info = parameters.flatMap { document.string("info", of: $0, in: text) }
        tellVariables(parameters, document, text, &out)
        if case .opening = phase {
            out.append(
                .event(.error(EngineFault(code: reason, message: info ?? "disconnected", isRecoverable: false))))
            close("disconnect", &out)
            return
        }
        close("disconnect", &out)
        guard reason == "completed" else {
            out.append(
                .event(.error(EngineFault(code: reason, message: info ?? "disconnected", isRecoverable: false))))
            return
        }
        var variables = outputVariables(parameters, document, text)
        let target = options["transferVariable"].flatMap { variables.removeValue(forKey: $0) }
        // Bots of a wide-spread library say `transfer` or `finished` there.
        if target?.isEmpty == false || variables["action"] == "transfer" {
            let request = EngineTransferRequest(target: target, reason: info, variables: variables)
            out.append(.event(.transferRequested(request)))
        } else {
            out.append(.event(.hangUpRequested(reason: info)))
        }
    }
}
