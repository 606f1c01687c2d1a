import Codecs

extension GeminiSession {
    /// A message is a union by its description, but usage comes beside the rest: each member is looked for.
    mutating func receive(_ document: JSONDocument, _ text: Span<UInt8>, _ out: inout [EngineSessionOutput]) {
        if let error = document.value("error", in: text) {
            receiveError(error, document, text, &out)
            return
        }
        if document.value("setupComplete", in: text) != nil { becomeReady(&out) }
        guard phase == .ready else { return }
        if let content = document.value("serverContent", in: text) { receive(content, document, text, &out) }
        guard phase == .ready else { return }
        receiveCalls(document, text, &out)
        switch document.value("voiceActivity", in: text).flatMap({
            document.string("voiceActivityType", of: $0, in: text)
        }) {
        case "ACTIVITY_START": out.append(.event(.userSpeechStarted))
        case "ACTIVITY_END": out.append(.event(.userSpeechStopped))
        default: break
        }
        receiveLifetime(document, text, &out)
        receiveUsage(document, text, &out)
    }

    private mutating func becomeReady(_ out: inout [EngineSessionOutput]) {
        guard phase == .awaitingSetupComplete else { return }
        phase = .ready
        if GeminiSetup.sendsHistory(configuration) {
            out.append(.send(GeminiMessage.content(configuration.history, completesTurn: true)))
        }
        out.append(.inputFormat(Self.inputFormat))
        out.append(.outputFormat(outputFormat))
        out.append(.event(.ready))
    }

    private mutating func receive(
        _ content: JSONDocument.Value,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        if document.bool("interrupted", of: content, in: text) == true {
            out.append(.event(.interrupted))
            // The interrupted turn still has its `turnComplete`, before which nothing of another one comes.
            isCutByServer = true
            turns.cut(&out)
            engineText.finish(&out)
        }
        if isCutByServer, document.member("inputTranscription", of: content, in: text) != nil {
            // Nor does it after this, should a server leave out the `turnComplete`.
            isCutByServer = false
            turns.takeAudio()
        }
        receiveText("inputTranscription", of: content, document, text, \.callerText, &out)
        if let parts = document.member("modelTurn", of: content, in: text)
            .flatMap({ document.member("parts", of: $0, in: text) })
        {
            for part in document.elements(of: parts) {
                guard receiveAudio(of: part, document, text, &out) else { return }
            }
        }
        receiveText("outputTranscription", of: content, document, text, \.engineText, &out)
        guard document.bool("turnComplete", of: content, in: text) == true else { return }
        isCutByServer = false
        turns.takeAudio()
        callerText.finish(&out)
        engineText.finish(&out)
        switch document.string("turnCompleteReason", of: content, in: text) {
        case nil, "TURN_COMPLETE_REASON_UNSPECIFIED", "NEED_MORE_INPUT":
            turns.end(.completed, &out)
        case let reason?:
            out.append(
                .event(.error(EngineFault(code: reason, message: "the turn was broken off", isRecoverable: true))))
            turns.end(.failed, &out)
        }
    }

    /// - Returns: `false` if the session has failed.
    private mutating func receiveAudio(
        of part: JSONDocument.Value,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) -> Bool {
        guard let blob = document.member("inlineData", of: part, in: text),
            let type = document.string("mimeType", of: blob, in: text), type.hasPrefix("audio/")
        else { return true }
        guard let audio = document.base64(document.member("data", of: blob, in: text), in: text) else {
            fail("audio that is not Base64", &out)
            return false
        }
        guard let format = Self.format(ofType: type) else {
            fail("audio of the type \(type.prefix(64)) is not supported", &out)
            return false
        }
        guard !audio.isEmpty, !turns.isDiscarding else { return true }
        if format != outputFormat {
            outputFormat = format
            out.append(.outputFormat(format))
        }
        if turns.current == nil { callerText.finish(&out) }
        if let turn = turns.turnForAudio(&out) { out.append(.audio(turn, audio)) }
        return true
    }

    /// `audio/pcm`, with a rate or without.
    private static func format(ofType type: String) -> AudioFormat? {
        let fields = type.split(separator: ";").map { $0.filter { $0 != " " } }
        guard fields.first == "audio/pcm" else { return nil }
        var rate = 24_000
        for field in fields.dropFirst() where field.hasPrefix("rate=") {
            guard let named = Int(field.dropFirst(5)), [8_000, 16_000, 24_000, 48_000].contains(named) else {
                return nil
            }
            rate = named
        }
        return .pcm16(rate: rate)
    }

    private mutating func receiveText(
        _ name: String,
        of content: JSONDocument.Value,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ transcript: WritableKeyPath<GeminiSession, PiecedTranscript>,
        _ out: inout [EngineSessionOutput]
    ) {
        guard let transcription = document.member(name, of: content, in: text) else { return }
        if let piece = document.string("text", of: transcription, in: text) {
            self[keyPath: transcript].append(piece, &out)
        }
        if document.bool("finished", of: transcription, in: text) == true { self[keyPath: transcript].finish(&out) }
    }

    private mutating func receiveCalls(
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        let requested = document.value("toolCall", "functionCalls", in: text).map(document.elements(of:)) ?? []
        for function in requested.prefix(PendingToolCalls.maximumCalls) {
            guard let name = document.string("name", of: function, in: text) else { continue }
            let arguments = document.containerText(document.member("args", of: function, in: text), in: text)
            let call = EngineToolCall(
                id: document.string("id", of: function, in: text) ?? namelessCall(),
                name: name,
                arguments: arguments ?? "{}"
            )
            calls.add(call)
            out.append(.event(.toolCall(call)))
        }
        for id in document.value("toolCallCancellation", "ids", in: text).map(document.elements(of:)) ?? [] {
            guard let id = document.string(id, in: text), calls.remove(id) != nil else { continue }
            out.append(.event(.toolCallCancelled(id: id)))
        }
    }

    private mutating func namelessCall() -> String {
        namelessCalls += 1
        return "\(GeminiMessage.namelessCall)\(namelessCalls)"
    }

    private func receiveLifetime(
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        if let update = document.value("sessionResumptionUpdate", in: text),
            document.bool("resumable", of: update, in: text) == true,
            let handle = document.string("newHandle", of: update, in: text), !handle.isEmpty
        {
            out.append(.event(.resumable(EngineResumption(handle))))
        }
        if let goAway = document.value("goAway", in: text) {
            let left = document.string("timeLeft", of: goAway, in: text)
            out.append(.event(.goingAway(within: left.flatMap(Self.duration))))
        }
    }

    /// Seconds with a fraction or without, as in `9.5s`.
    private static func duration(_ text: String) -> Duration? {
        guard text.hasSuffix("s"), let seconds = Double(text.dropLast()), (0...86_400).contains(seconds) else {
            return nil
        }
        return .milliseconds(Int(seconds * 1_000))
    }

    private func receiveUsage(_ document: JSONDocument, _ text: Span<UInt8>, _ out: inout [EngineSessionOutput]) {
        guard let usage = document.value("usageMetadata", in: text) else { return }
        let input = document.integer("promptTokenCount", of: usage, in: text) ?? 0
        let output = document.integer("responseTokenCount", of: usage, in: text) ?? 0
        guard input > 0 || output > 0 else { return }
        out.append(.event(.usage(inputTokens: max(0, input), outputTokens: max(0, output))))
    }

    /// Not of the live dialect, but what the service in front of it answers.
    private mutating func receiveError(
        _ error: JSONDocument.Value,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        let fault = EngineFault(
            code: document.string("status", of: error, in: text) ?? "error",
            message: document.string("message", of: error, in: text) ?? "",
            isRecoverable: false
        )
        out.append(.event(.error(fault)))
        if phase != .ready { fail("session refused: \(fault.code): \(fault.message)", &out) }
    }
}
