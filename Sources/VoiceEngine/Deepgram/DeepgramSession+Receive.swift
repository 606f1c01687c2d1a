extension DeepgramSession {
    mutating func receive(
        _ type: String,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        switch (phase, type) {
        case (.awaitingWelcome, "Welcome"):
            phase = .awaitingSettingsApplied
            out.append(.send(DeepgramSettings(configuration: configuration, options: options).message))
        case (.awaitingSettingsApplied, "SettingsApplied"):
            becomeReady(&out)
        case (_, "Error"):
            receiveError(document, text, &out)
        case (.ready, _):
            receiveInConversation(type, document, text, &out)
        default:
            break  // Acknowledgements and reports of before the conversation.
        }
    }

    private mutating func becomeReady(_ out: inout [EngineSessionOutput]) {
        phase = .ready
        if options.agent != nil, let instructions = configuration.instructions {
            out.append(.send(DeepgramMessage.updatePrompt(instructions)))
        }
        out.append(.event(.ready))
    }

    private mutating func receiveInConversation(
        _ type: String,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        switch type {
        case "UserStartedSpeaking":
            isCallerSpeaking = true
            out.append(.event(.userSpeechStarted))
            if turns.current != nil { turns.cut(&out) }
        case "AgentThinking":
            turns.takeAudio()
            callerHasFinished(&out)
            out.append(.event(.thinking))
        case "AgentStartedSpeaking":
            turns.takeAudio()
            callerHasFinished(&out)
        case "AgentAudioDone":
            turns.takeAudio()
            turns.end(.completed, &out)
        case "ConversationText":
            receiveText(document, text, &out)
        case "FunctionCallRequest":
            receiveCalls(document, text, &out)
        case "FunctionCallCancelled":
            for function in document.value("functions", in: text).map(document.elements(of:)) ?? [] {
                guard let id = document.string("id", of: function, in: text), calls.remove(id) != nil else { continue }
                out.append(.event(.toolCallCancelled(id: id)))
            }
        case "InjectionRefused":
            let explanation = document.string("message", in: text) ?? ""
            out.append(
                .event(.error(EngineFault(code: "InjectionRefused", message: explanation, isRecoverable: true))))
        case "Warning":
            out.append(.event(.error(fault(document, text, isRecoverable: true))))
        default:
            break  // Acknowledgements, latencies, functions of the server, and messages of later versions.
        }
    }

    /// What a side has said. Of what comes after it nothing belongs to a turn that was cut before.
    private mutating func receiveText(
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        turns.takeAudio()
        guard let said = document.string("content", in: text), !said.isEmpty else { return }
        switch document.string("role", in: text) {
        case "user":
            callerHasFinished(&out)
            out.append(.event(.transcript(.caller, text: said, isFinal: true)))
        case "assistant": out.append(.event(.transcript(.engine, text: said, isFinal: true)))
        default: break
        }
    }

    private mutating func receiveCalls(
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        let functions = document.value("functions", in: text).map(document.elements(of:)) ?? []
        for function in functions.prefix(PendingToolCalls.maximumCalls) {
            guard document.bool("client_side", of: function, in: text) != false,
                let id = document.string("id", of: function, in: text),
                let name = document.string("name", of: function, in: text)
            else { continue }
            let arguments = document.string("arguments", of: function, in: text) ?? ""
            let call = EngineToolCall(id: id, name: name, arguments: arguments.isEmpty ? "{}" : arguments)
            calls.add(call)
            out.append(.event(.toolCall(call)))
        }
    }

    /// The server closes the connection after it.
    private mutating func receiveError(
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        let fault = fault(document, text, isRecoverable: false)
        out.append(.event(.error(fault)))
        if phase != .ready { fail("session refused: \(fault.code): \(fault.message)", &out) }
    }

    private func fault(_ document: JSONDocument, _ text: Span<UInt8>, isRecoverable: Bool) -> EngineFault {
        EngineFault(
            code: document.string("code", in: text) ?? "error",
            message: document.string("description", in: text) ?? "",
            isRecoverable: isRecoverable
        )
    }
}
