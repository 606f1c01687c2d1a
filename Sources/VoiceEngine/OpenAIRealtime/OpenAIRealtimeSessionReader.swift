import Codecs

/// Reads the session object of `session.update`: what is missing stays as it was.
struct OpenAIRealtimeSessionReader {
    let document: JSONDocument

    /// - Returns: What is wrong with it; `nil` if it was applied.
    func apply(
        _ session: JSONDocument.Value,
        _ text: Span<UInt8>,
        to configuration: inout OpenAIRealtimeServerSession.Configuration
    ) -> String? {
        if let instructions = document.string("instructions", of: session, in: text) {
            configuration.instructions = instructions
        }
        if let tools = document.member("tools", of: session, in: text) {
            configuration.tools = document.elements(of: tools).compactMap { tool in
                document.string("name", of: tool, in: text)
            }
        }
        guard let audio = document.member("audio", of: session, in: text) else { return nil }
        if let input = document.member("input", of: audio, in: text) {
            if let fault = readFormat(of: input, text, into: &configuration.inputFormat) { return fault }
            if let transcription = document.member("transcription", of: input, in: text) {
                configuration.transcribesInput = document.kind(of: transcription) == .object
            }
            readTurnDetection(of: input, text, into: &configuration)
        }
        if let output = document.member("output", of: audio, in: text) {
            if let fault = readFormat(of: output, text, into: &configuration.outputFormat) { return fault }
            if let voice = document.string("voice", of: output, in: text) { configuration.voice = voice }
        }
        return nil
    }

    private func readFormat(
        of direction: JSONDocument.Value,
        _ text: Span<UInt8>,
        into format: inout AudioFormat
    ) -> String? {
        guard let object = document.member("format", of: direction, in: text) else { return nil }
        let type = document.string("type", of: object, in: text)
        switch type {
        case "audio/pcmu": format = .pcmu
        case "audio/pcma": format = .pcma
        case "audio/pcm":
            let rate = document.integer("rate", of: object, in: text) ?? 24_000
            guard [8_000, 16_000, 24_000, 48_000].contains(rate) else { return "rate \(rate) is not supported" }
            format = .pcm16(rate: rate)
        default: return "audio format \(type ?? "of no type") is not supported"
        }
        return nil
    }

    private func readTurnDetection(
        of input: JSONDocument.Value,
        _ text: Span<UInt8>,
        into configuration: inout OpenAIRealtimeServerSession.Configuration
    ) {
        guard let detection = document.member("turn_detection", of: input, in: text) else { return }
        guard document.kind(of: detection) == .object else {
            configuration.turnDetection = nil
            return
        }
        var updated = configuration.turnDetection ?? OpenAIRealtimeServerSession.TurnDetection()
        if let silence = document.integer("silence_duration_ms", of: detection, in: text) {
            updated.silence = min(max(silence, 100), 10_000)
        }
        if let creates = document.bool("create_response", of: detection, in: text) {
            updated.createsResponse = creates
        }
        if let interrupts = document.bool("interrupt_response", of: detection, in: text) {
            updated.interruptsResponse = interrupts
        }
        configuration.turnDetection = updated
    }
}
