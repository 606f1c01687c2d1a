import Codecs

extension ElevenLabsSession {
    mutating func receive(
        _ type: String,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        switch (phase, type) {
        case (_, "ping"):
            // Unanswered pings end the session, before the conversation too.
            guard let number = number("ping_event", document, text) else { return }
            out.append(.send(ElevenLabsMessage.pong(number)))
        case (.awaitingMetadata, "conversation_initiation_metadata"):
            becomeReady(document, text, &out)
        case (_, "error"), (_, "client_error"):
            receiveError(document, text, &out)
        case (.ready, _):
            receiveInConversation(type, document, text, &out)
        default:
            break
        }
    }

    private mutating func becomeReady(
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        let event = "conversation_initiation_metadata_event"
        var formats: [AudioFormat] = []
        for name in ["user_input_audio_format", "agent_output_audio_format"] {
            let told = document.string(document.value(event, name, in: text), in: text)
            guard let format = Self.format(named: told ?? "pcm_16000") else {
                fail("\(name) \(told?.prefix(64) ?? "") is not supported", &out)
                return
            }
            formats.append(format)
        }
        phase = .ready
        out.append(.inputFormat(formats[0]))
        out.append(.outputFormat(formats[1]))
        if !configuration.history.isEmpty { out.append(.send(ElevenLabsMessage.history(configuration.history))) }
        out.append(.event(.ready))
    }

    private static func format(named name: String) -> AudioFormat? {
        switch name {
        case "ulaw_8000": .pcmu
        case "alaw_8000": .pcma
        case "pcm_8000": .pcm16(rate: 8_000)
        case "pcm_16000": .pcm16(rate: 16_000)
        case "pcm_24000": .pcm16(rate: 24_000)
        case "pcm_48000": .pcm16(rate: 48_000)
        default: nil
        }
    }

    private mutating func receiveInConversation(
        _ type: String,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        switch type {
        case "audio":
            receiveAudio(document, text, &out)
        case "interruption":
            if let number = number("interruption_event", document, text) {
                interruptedUpTo = max(interruptedUpTo, number)
            }
            out.append(.event(.interrupted))
            // No `cut`: the numbers tell what belongs to the turn. Its text may still be corrected.
            turns.end(.cancelled, &out)
            turns.takeAudio()
            ticks = 0
        case "user_transcript":
            turns.takeAudio()
            endTurn(&out)
            guard let said = string("user_transcription_event", "user_transcript", document, text) else { return }
            out.append(.event(.transcript(.caller, text: said, isFinal: true)))
        case "agent_response_complete":
            // Sent only if the agent's settings ask for it, and not after every turn.
            turns.takeAudio()
            endTurn(&out)
        case "agent_response":
            guard let said = string("agent_response_event", "agent_response", document, text) else { return }
            if let response { out.append(.event(.transcript(.engine, text: response, isFinal: true))) }
            response = said
            ticks = 0
            out.append(.event(.transcript(.engine, text: said, isFinal: false)))
        case "agent_response_correction":
            guard
                let kept = document.value("agent_response_correction_event", "corrected_agent_response", in: text)
                    .flatMap({ document.string($0, in: text) }), response != nil
            else { return }
            response = kept.isEmpty ? nil : kept
        case "client_tool_call":
            receiveCall(document, text, &out)
        default:
            break  // Scores, tentative texts, calls of the server's own tools, and messages of later versions.
        }
    }

    private mutating func receiveAudio(
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        guard let event = document.value("audio_event", in: text) else { return }
        if let number = document.integer("event_id", of: event, in: text), number <= interruptedUpTo { return }
        guard let audio = document.base64(document.member("audio_base_64", of: event, in: text), in: text) else {
            fail("audio that is not Base64", &out)
            return
        }
        ticks = 0
        guard !audio.isEmpty, let turn = turns.turnForAudio(&out) else { return }
        out.append(.audio(turn, audio))
    }

    private func receiveCall(_ document: JSONDocument, _ text: Span<UInt8>, _ out: inout [EngineSessionOutput]) {
        guard let call = document.value("client_tool_call", in: text),
            let id = document.string("tool_call_id", of: call, in: text),
            let name = document.string("tool_name", of: call, in: text)
        else { return }
        let parameters = document.containerText(document.member("parameters", of: call, in: text), in: text)
        out.append(.event(.toolCall(EngineToolCall(id: id, name: name, arguments: parameters ?? "{}"))))
    }

    private mutating func receiveError(
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        let error = document.value("error_event", in: text) ?? .root
        let fault = EngineFault(
            code: document.string("error_type", of: error, in: text) ?? "error",
            message: document.string("message", of: error, in: text) ?? "",
            isRecoverable: false
        )
        out.append(.event(.error(fault)))
        if phase != .ready { fail("session refused: \(fault.code): \(fault.message)", &out) }
    }

    private func number(_ event: String, _ document: JSONDocument, _ text: Span<UInt8>) -> Int? {
        document.integer(document.value(event, "event_id", in: text), in: text)
    }

    /// A text that is not empty.
    private func string(_ event: String, _ name: String, _ document: JSONDocument, _ text: Span<UInt8>) -> String? {
        guard let found = document.string(document.value(event, name, in: text), in: text), !found.isEmpty else {
            return nil
        }
        return found
    }
}
