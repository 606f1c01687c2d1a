extension AsteriskSession {
    /// Octets of a correlation identifier.
    private static let maximumCorrelation = 256
    /// Octets of a command in plain text.
    private static let maximumPlainText = 128
    /// What cannot be done while no media comes from the application.
    private static let playoutCommands: Set<String> = [
        "START_MEDIA_BUFFERING", "STOP_MEDIA_BUFFERING", "MARK_MEDIA", "PAUSE_MEDIA", "CONTINUE_MEDIA",
    ]

    mutating func receive(text: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        guard phase == .open else { return }
        guard !writer.isPlainText else { return receive(plainText: text, &out) }
        var document = self.document  // Taken out for the time of the call, so that it is not copied.
        self.document = JSONDocument.empty
        defer { self.document = document }
        do {
            try document.parse(text)
        } catch {
            return fault("not JSON: \(error)", &out)
        }
        guard let command = document.string("command", in: text) else {
            return fault("a message without a command", &out)
        }
        guard command == "SET_MEDIA_DIRECTION" else {
            return obey(command, document.string("correlation_id", in: text), &out)
        }
        guard let chosen = document.string("direction", in: text).flatMap(Direction.init(rawValue:)) else {
            return out.append(.send(writer.error("SET_MEDIA_DIRECTION needs both, in or out")))
        }
        if chosen == .in, direction != .in { flush(&out) }
        direction = chosen
    }

    /// A command, and behind a space the identifier that its answer carries.
    private mutating func receive(plainText text: Span<UInt8>, _ out: inout [EngineSessionOutput]) {
        guard text.count <= Self.maximumPlainText else { return fault("a command that is too long", &out) }
        let words = text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }.split(separator: " ")
        guard let command = words.first, command.utf8.allSatisfy({ 0x41...0x5A ~= $0 || $0 == 0x5F }) else {
            return fault("no command in plain text", &out)
        }
        obey(String(command), words.dropFirst().first.map(String.init), &out)
    }

    private mutating func obey(_ command: String, _ correlation: String?, _ out: inout [EngineSessionOutput]) {
        if direction == .in, Self.playoutCommands.contains(command) {
            return out.append(.send(writer.error("\(command) not supported while the media direction is 'in'")))
        }
        guard (correlation?.utf8.count ?? 0) <= Self.maximumCorrelation else {
            return out.append(.send(writer.error("correlation_id too long")))
        }
        switch command {
        case "ANSWER":
            break  // The call is answered before an application hears of it.
        case "HANGUP":
            out.append(.event(.hangUpRequested(reason: nil)))
        case "START_MEDIA_BUFFERING":
            isBuffering = true
        case "STOP_MEDIA_BUFFERING":
            isBuffering = false
            set(.buffered(correlation: correlation), &out)
        case "MARK_MEDIA":
            set(.mark(correlation: correlation), &out)
        case "FLUSH_MEDIA":
            flush(&out)
        case "GET_STATUS":
            out.append(.send(writer.status(queue, isBuffering: isBuffering)))
        case "REPORT_QUEUE_DRAINED":
            isDrainAwaited = true
            markProgress(&out)
            tellDrained(&out)
        case "PAUSE_MEDIA", "CONTINUE_MEDIA":
            out.append(.send(writer.error("\(command) not supported")))
        default:
            out.append(.send(writer.error("unknown command")))
        }
    }

    private mutating func set(_ purpose: Purpose, _ out: inout [EngineSessionOutput]) {
        guard let mark = marks.add(purpose) else { return out.append(.send(writer.error("too many marks"))) }
        out.append(.mark(mark, of: nil))
    }

    /// Drops what waits, marks as well, and ends buffering.
    private mutating func flush(_ out: inout [EngineSessionOutput]) {
        isBuffering = false
        marks.giveUp { _ in true }
        queue.removeAll()
        samples = SampleJoiner()
        turns.interrupt(into: &out)
        tellFlow(&out)
        tellDrained(&out)
    }

    private mutating func fault(_ message: String, _ out: inout [EngineSessionOutput]) {
        if !faults.add("protocol-violation", message, into: &out) { phase = .over }
    }
}
