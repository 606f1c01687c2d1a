import Codecs

extension AudioCodesSession {
    /// Octets of what a mark is known by.
    private static let maximumMark = 1_024

    mutating func receive(binary: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        if case .over = phase { return }
        fault("a binary message", &out)
    }

    mutating func receive(text: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        if case .over = phase { return }
        var document = self.document  // Taken out for the time of the call, so that it is not copied.
        self.document = JSONDocument.empty
        defer { self.document = document }
        do {
            try document.parse(text)
        } catch {
            return fault("not JSON: \(error)", &out)
        }
        guard let type = document.string("type", in: text) else { return fault("a message without a type", &out) }
        switch (type, phase) {
        case ("session.accepted", .offered(let resumes)):
            receiveAccepted(document, text, resumes: resumes, &out)
        case ("session.error", _):
            let reason = document.string("reason", in: text) ?? "no reason given"
            out.append(.event(.error(EngineFault(code: "session.error", message: reason, isRecoverable: false))))
            fail("session refused: \(reason)", &out)
        case (_, .open):
            receive(type, document, text, &out)
        default:
            break
        }
    }

    private mutating func receiveAccepted(
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        resumes: Bool,
        _ out: inout [EngineSessionOutput]
    ) {
        let name = document.string("mediaFormat", in: text)
        guard let format = AudioFormat.audioCodes(name) else {
            return fail("the bot chose the audio format \(name ?? "of no name"), which was not offered", &out)
        }
        phase = .open
        (inputFormat, outputFormat) = (format, format)
        if format != configuration.audioFormat {
            out.append(.inputFormat(format))
            out.append(.outputFormat(format))
        }
        if !resumes {
            activities += 1
            out.append(.send(writer.start(number: activities, ticks: ticks)))
        }
        out.append(.send(writer.userStreamStart()))
        out.append(.event(.ready))
        out.append(.event(.resumable(EngineResumption(writer.conversation))))
    }

    private mutating func receive(
        _ type: String,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        switch type {
        case "userStream.started": takesAudio = true
        case "userStream.stopped": takesAudio = false
        case "playStream.start": startStream(document, text, &out)
        case "playStream.chunk": receiveChunk(document, text, &out)
        case "playStream.stop":
            guard let stream, document.stream(in: text).map({ $0 == stream.name }) ?? true else { return }
            stopStream(&out)
        case "playStream.mark.set": setMark(document, text, &out)
        case "activities":
            guard let list = document.member("activities", in: text) else { return }
            for activity in document.elements(of: list).prefix(Self.maximumActivities) {
                obey(activity, document, text, &out)
            }
        default: receiveSpeech(type, document, text, &out)
        }
    }

    // MARK: - Play streams

    private mutating func startStream(
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        guard let name = document.stream(in: text), name.utf8.count <= Self.maximumMark else {
            return fault("a play stream without streamId", &out)
        }
        // Only one is active at a time.
        if stream != nil { interrupt(&out) }
        let named = document.string("mediaFormat", in: text)
        guard let format = named == nil ? inputFormat : AudioFormat.audioCodes(named) else {
            return fault("a play stream in the format \(named ?? "")", &out)
        }
        if format != outputFormat {
            outputFormat = format
            out.append(.outputFormat(format))
        }
        streams += 1
        let turn = EngineTurnID("turn-\(streams)")
        stream = (name, turn)
        out.append(.event(.turnStarted(turn)))
        if let said = document.string("altText", in: text), !said.isEmpty {
            out.append(.event(.transcript(.engine, text: said, isFinal: true)))
        }
    }

    private mutating func receiveChunk(
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        // What comes of a stream that was stopped is late.
        guard let stream, document.stream(in: text) == stream.name else { return }
        var audio: [UInt8] = []
        guard appendSamples(document, text, into: &audio) else {
            return fault("an audioChunk that is no Base64 of samples", &out)
        }
        out.append(.audio(stream.turn, audio))
    }

    /// `playStream.stop` is the end of a stream and the way to break it off. While the caller speaks it is the latter.
    private mutating func stopStream(_ out: inout [EngineSessionOutput]) {
        let flushes = options["playStreamStop"].map { $0 == "flush" } ?? isCallerSpeaking
        guard !flushes else { return interrupt(&out) }
        if let turn = stream?.turn { out.append(.event(.turnEnded(turn, .completed))) }
        stream = nil
    }

    mutating func interrupt(_ out: inout [EngineSessionOutput]) {
        out.append(.event(.interrupted))
        if let turn = stream?.turn { out.append(.event(.turnEnded(turn, .cancelled))) }
        stream = nil
    }

    /// What the request has beside its type comes back when the place is reached.
    private mutating func setMark(
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        let own: Set = ["type", "conversationId"]
        var members: [String] = []
        for (name, value) in document.members(of: .root, in: text) where !own.contains(name) {
            guard let raw = document.raw(value, in: text) else { continue }
            var json = JSONWriter()
            json.name(name)
            json.raw(document.kind(of: value) == .string ? "\"\(raw)\"" : raw)
            members.append(String(decoding: json.bytes, as: UTF8.self))
        }
        let joined = members.joined(separator: ",")
        guard joined.utf8.count <= Self.maximumMark, let mark = marks.add(joined) else {
            return fault("a mark that is too long, or too many marks", &out)
        }
        out.append(.mark(mark, of: nil))
    }

    // MARK: - Speech

    private mutating func receiveSpeech(
        _ type: String,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        switch type {
        case "userStream.speech.started", "userStream.speech.hypothesis":
            isCallerSpeaking = true
            // Without barge-in the prompt is played to its end.
            guard bargesIn, !isSpeechTold else { return }
            isSpeechTold = true
            out.append(.event(.userSpeechStarted))
        case "userStream.speech.stopped", "userStream.speech.committed":
            speechStopped(&out)
        case "userStream.speech.recognition":
            speechStopped(&out)
            let best = document.member("alternatives", in: text).flatMap { document.elements(of: $0).first }
            if let said = best.flatMap({ document.string("text", of: $0, in: text) }) {
                out.append(.event(.transcript(.caller, text: said, isFinal: true)))
            }
        default:
            break
        }
    }

    private mutating func speechStopped(_ out: inout [EngineSessionOutput]) {
        isCallerSpeaking = false
        guard isSpeechTold else { return }
        isSpeechTold = false
        out.append(.event(.userSpeechStopped))
    }
}

extension JSONDocument {
    /// The identifier of a play stream, as it was written.
    fileprivate func stream(in text: Span<UInt8>) -> String? {
        guard let value = member("streamId", in: text) else { return nil }
        switch kind(of: value) {
        case .string: return string(value, in: text)
        case .number: return raw(value, in: text)
        default: return nil
        }
    }
}
