extension OpenAIRealtimeSession {
    mutating func receive(
        _ message: OpenAIRealtimeMessage,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        switch message.type {
        case "response.output_audio.delta":
            receiveAudio(message, text, &out)
        case "session.created":
            guard phase == .awaitingCreated else { return }
            phase = .awaitingUpdated
            out.append(.send(OpenAIRealtimeClientEvent.updateSession(configuration, options)))
        case "session.updated":
            receiveUpdated(message, text, &out)
        case "input_audio_buffer.speech_started":
            isCallerSpeaking = true
            if case .active(let id) = responses { turns.interrupt(id) }
            out.append(.event(.userSpeechStarted))
        case "input_audio_buffer.speech_stopped":
            guard isCallerSpeaking else { return }
            isCallerSpeaking = false
            out.append(.event(.userSpeechStopped))
        case "error":
            receiveError(message, text, &out)
        default:
            receiveResponseEvent(message, text, &out)
        }
    }

    private mutating func receiveUpdated(
        _ message: OpenAIRealtimeMessage,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        guard phase == .awaitingUpdated else { return }
        let document = message.document
        let audio = document.member("session", in: text).flatMap { document.member("audio", of: $0, in: text) }
        for direction in ["input", "output"] {
            let format = audio.flatMap { document.member(direction, of: $0, in: text) }
                .flatMap { document.member("format", of: $0, in: text) }
            let type = format.flatMap { document.string("type", of: $0, in: text) }
            if let type, type != configuration.audioFormat.realtimeName {
                fail("asked for \(configuration.audioFormat.realtimeName) \(direction), was given \(type)", &out)
                return
            }
        }
        phase = .ready
        for utterance in configuration.history {
            out.append(.send(OpenAIRealtimeClientEvent.message(utterance)))
        }
        out.append(.event(.ready))
    }

    private mutating func receiveAudio(
        _ message: OpenAIRealtimeMessage,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        guard phase == .ready, let id = turn(of: message, text, &out), !turns.isInterrupted(id) else { return }
        guard let audio = message.base64("delta", text) else {
            fail("audio that is not Base64", &out)
            return
        }
        guard !audio.isEmpty else { return }
        turns.count(audio.count, of: id, item: message.string("item_id", text) ?? "", message.contentIndex(text))
        out.append(.audio(EngineTurnID(id), audio))
    }

    private mutating func receiveResponseEvent(
        _ message: OpenAIRealtimeMessage,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        switch message.type {
        case "response.created":
            begin(message.string("response", "id", text) ?? "", &out)
        case "response.done":
            receiveDone(message, text, &out)
        case "response.output_item.done":
            guard message.string("item", "type", text) == "function_call" else { return }
            collect(message.document.member("item", in: text), message, text)
        case "response.function_call_arguments.done":
            collect(.root, message, text)
        case "response.output_audio_transcript.delta", "response.output_text.delta":
            transcript(.engine, message, "delta", isFinal: false, text, &out)
        case "response.output_audio_transcript.done":
            transcript(.engine, message, "transcript", isFinal: true, text, &out)
        case "response.output_text.done":
            transcript(.engine, message, "text", isFinal: true, text, &out)
        case "conversation.item.input_audio_transcription.delta":
            transcript(.caller, message, "delta", isFinal: false, text, &out)
        case "conversation.item.input_audio_transcription.completed":
            transcript(.caller, message, "transcript", isFinal: true, text, &out)
        case "conversation.item.input_audio_transcription.failed":
            // The model has heard the caller all the same.
            guard phase == .ready else { return }
            let fault = message.fault(of: message.document.member("error", in: text), text, isRecoverable: true)
            out.append(.event(.error(fault)))
        default:
            break  // Events that change nothing here, and those of later versions.
        }
    }

    private mutating func begin(_ id: String, _ out: inout [EngineSessionOutput]) {
        guard phase == .ready, turns.begin(id) else { return }
        responses = .active(id: id)
        out.append(.event(.turnStarted(EngineTurnID(id))))
    }

    /// The turn that a delta belongs to. Engines that leave out `response.created` begin a turn with its first delta;
    /// those that leave out `response_id` mean the present response.
    private mutating func turn(
        of message: OpenAIRealtimeMessage,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) -> String? {
        if let id = message.string("response_id", text) {
            if turns.isKnown(id) { return turns.isFinished(id) ? nil : id }
            guard case .active = responses else {
                begin(id, &out)
                return id
            }
            return nil
        }
        guard case .active(let id) = responses else { return nil }
        return id
    }

    private mutating func collect(
        _ item: JSONDocument.Value?,
        _ message: OpenAIRealtimeMessage,
        _ text: Span<UInt8>
    ) {
        guard let item, case .active(let active) = responses,
            let callID = message.document.string("call_id", of: item, in: text)
        else { return }
        turns.collect(
            OpenAIRealtimeTurns.PartialCall(
                id: callID,
                name: message.document.string("name", of: item, in: text),
                arguments: message.document.string("arguments", of: item, in: text)
            ),
            of: message.string("response_id", text) ?? active
        )
    }

    private mutating func receiveDone(
        _ message: OpenAIRealtimeMessage,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        guard phase == .ready, let response = message.document.member("response", in: text) else { return }
        let id: String
        if let named = message.document.string("id", of: response, in: text) {
            id = named
        } else if case .active(let active) = responses {
            id = active
        } else {
            return
        }
        if !turns.isKnown(id) { begin(id, &out) }
        guard !turns.isFinished(id) else { return }
        let output = message.document.member("output", of: response, in: text)
        for item in output.map(message.document.elements(of:)) ?? []
        where message.document.string("type", of: item, in: text) == "function_call" {
            collect(item, message, text)
        }
        let status = message.document.string("status", of: response, in: text)
        let outcome = EngineTurnOutcome(rawValue: status ?? "") ?? .incomplete
        let calls = turns.finish(id)
        if outcome == .failed {
            out.append(.event(.error(message.failure(of: response, text))))
        }
        out.append(.event(.turnEnded(EngineTurnID(id), outcome)))
        // The arguments of a response that was cut short may be cut short too.
        if outcome == .completed {
            for call in calls { out.append(.event(.toolCall(call))) }
        }
        if let usage = message.document.member("usage", of: response, in: text) {
            tellUsage(usage, message, text, &out)
        }
        if responses == .active(id: id) { responses = .idle }
        requestNext(&out)
    }

    private func tellUsage(
        _ usage: JSONDocument.Value,
        _ message: OpenAIRealtimeMessage,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        let input = max(0, message.document.integer("input_tokens", of: usage, in: text) ?? 0)
        let output = max(0, message.document.integer("output_tokens", of: usage, in: text) ?? 0)
        guard input > 0 || output > 0 else { return }
        out.append(.event(.usage(inputTokens: input, outputTokens: output)))
    }

    private func transcript(
        _ speaker: EngineSpeaker,
        _ message: OpenAIRealtimeMessage,
        _ name: String,
        isFinal: Bool,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        guard phase == .ready, let said = message.string(name, text), isFinal || !said.isEmpty else { return }
        out.append(.event(.transcript(speaker, text: said, isFinal: isFinal)))
    }

    private mutating func receiveError(
        _ message: OpenAIRealtimeMessage,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        let fault = message.fault(of: message.document.member("error", in: text), text, isRecoverable: phase == .ready)
        guard phase == .ready else {
            out.append(.event(.error(fault)))
            fail("session refused: \(fault.code): \(fault.message)", &out)
            return
        }
        if case .requested(let response, let eventID) = responses {
            let cause = message.string("error", "event_id", text)
            if fault.code == "conversation_already_has_active_response" {
                // The server answers the caller on its own account; ours comes after that.
                responses = .idle
                if !pending.contains(response) { pending.insert(response, at: 0) }
                return
            }
            if cause == eventID {
                responses = .idle
                out.append(.event(.error(fault)))
                requestNext(&out)
                return
            }
        }
        out.append(.event(.error(fault)))
    }
}

extension OpenAIRealtimeMessage {
    func contentIndex(_ text: Span<UInt8>) -> Int {
        document.integer("content_index", in: text) ?? 0
    }

    /// Codes and types after which the server does nothing more for the session.
    private static let fatal: Set<String> = [
        "session_expired", "invalid_api_key", "insufficient_quota", "authentication_error", "permission_error",
    ]

    func fault(of error: JSONDocument.Value?, _ text: Span<UInt8>, isRecoverable: Bool) -> EngineFault {
        let type = error.flatMap { document.string("type", of: $0, in: text) }
        let code = error.flatMap { document.string("code", of: $0, in: text) } ?? type ?? "error"
        let explanation = error.flatMap { document.string("message", of: $0, in: text) } ?? ""
        let isFatal = Self.fatal.contains(code) || Self.fatal.contains(type ?? "")
        return EngineFault(code: code, message: explanation, isRecoverable: isRecoverable && !isFatal)
    }

    /// Why a response failed: `status_details.error`.
    func failure(of response: JSONDocument.Value, _ text: Span<UInt8>) -> EngineFault {
        let details = document.member("status_details", of: response, in: text)
        let error = details.flatMap { document.member("error", of: $0, in: text) }
        return fault(of: error, text, isRecoverable: true)
    }
}
