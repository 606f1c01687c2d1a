import ApplicationServer

/// The keys of an assistant that say how long a caller waits for what, and what happens then.
extension ConfigurationTable {
    private typealias AssistantKey = ConfigurationKey<AssistantDefinition>

    static let filler: [ConfigurationKey<FillerPolicy>] = [
        ConfigurationKey(
            "filler.enabled", \.isEnabled, .flag,
            "Whether a caller who waits for an answer hears something."),
        ConfigurationKey(
            "filler.pause", \.pause,
            .duration(in: .milliseconds(200) ... .milliseconds(1_300)), unit: durationUnit,
            "Silence after the caller's last sound until filler begins; stretched up to 1300ms for an answer about to come."
        ),
        ConfigurationKey(
            "filler.steps", \.steps, ValueType<FillerStep>.fillerStep.list,
            "One after another: tone, file:PATH, loop:PATH or say:TEXT (said by an assistant's engine while a function call runs), "
                + "each after the time that may stand before it, such as 4s say:Please wait."),
    ]

    static let conversation: [ConfigurationKey<AssistantDefinition>] =
        engines + filler.map { $0.within(\.conversation.filler) } + turns

    private static let engines: [AssistantKey] = [
        AssistantKey(
            "engines", \.alternatives, ValueType<String>.name.list,
            "Further engines, tried in this order when engine does not take a call, or is lost in the middle of one.")
    ]

    private static let turns: [AssistantKey] = [
        AssistantKey(
            "conversation.stallTime", \.conversation.stallTime,
            .duration(in: .milliseconds(500) ... .seconds(60)), unit: durationUnit,
            "An engine that owes a turn and gives neither audio nor an event for so long is given up."),
        AssistantKey(
            "conversation.longestWait", \.conversation.longestWait,
            .duration(in: .seconds(1) ... .seconds(300)), unit: durationUnit,
            "A turn is given up after so long, whatever events came meanwhile."),
        AssistantKey(
            "conversation.slowTurn", \.conversation.slowTurn,
            .durationOrOff(in: .milliseconds(500) ... .seconds(60)), unit: durationUnit,
            "A turn is slow when its first audio takes longer, from the caller's last sound on; off: none is."),
        AssistantKey(
            "conversation.slowTurns", \.conversation.slowTurnLimit, .number(1...10),
            "So many slow turns in a row are reason for another engine."),
        AssistantKey(
            "conversation.connectTimeout", \.conversation.connectTimeout,
            .duration(in: .milliseconds(100) ... .seconds(10)), unit: durationUnit,
            "In mid-call each further engine has so long to be ready."),
        AssistantKey(
            "conversation.continuation", \.conversation.continuation, .text,
            "What an engine is told that takes over in mid-call."),
        AssistantKey(
            "conversation.welcome", \.conversation.welcome, .text,
            "What an engine is told when the caller comes back from a transfer (transfer.afterTarget)."),
        AssistantKey(
            "conversation.noInput.time", \.conversation.silence.time,
            .durationOrOff(in: .seconds(1) ... .seconds(600)), unit: durationUnit,
            "Silence of the caller after the engine's turn until it is asked again; off: for ever."),
        AssistantKey(
            "conversation.noInput.prompts", \.conversation.silence.prompts, .number(0...10),
            "How often a silent caller is asked."),
        AssistantKey(
            "conversation.noInput.end", \.conversation.silence.end, .choice(),
            "What becomes of a caller who stays silent: hang-up, or transfer to the URI of the fallback."),
        AssistantKey(
            "conversation.noInput.prompt", \.conversation.silence.prompt, .text,
            "What the engine is told when the caller is silent."),
        AssistantKey(
            "conversation.noInput.repetition", \.conversation.silence.repetition, .text,
            "What the engine is told when the caller spoke and it gave no answer."),
        AssistantKey(
            "conversation.keys.collect", \.conversation.digits.isCollecting, .flag,
            "Whether keys are gathered and given to the engine as one text, or each by itself."),
        AssistantKey(
            "conversation.keys.length", \.conversation.digits.length, .number(1...64),
            "So many keys are complete."),
        AssistantKey(
            "conversation.keys.terminator", \.conversation.digits.terminator, .keyOrOff,
            "The key that ends the input; off: none does."),
        AssistantKey(
            "conversation.keys.timeout", \.conversation.digits.timeout,
            .duration(in: .milliseconds(200) ... .seconds(30)), unit: durationUnit,
            "The input is complete after so long without another key."),
        AssistantKey(
            "conversation.longestTurn", \.conversation.longestTurn,
            .duration(in: .seconds(5) ... .seconds(3_600)), unit: durationUnit,
            "A turn of the engine is ended after so long."),
    ]
}

extension ValueType<Duration> {
    static func duration(in range: ClosedRange<Duration>) -> ValueType {
        .scalar("a duration \(range.text)") { text in
            Duration(configurationText: text).flatMap { range.contains($0) ? $0 : nil }
        } render: {
            $0.configurationText
        }
    }
}

extension ValueType<Duration?> {
    static func durationOrOff(in range: ClosedRange<Duration>) -> ValueType {
        .scalar("a duration \(range.text), or off") { text in
            if text == "off" { return .some(nil) }
            return Duration(configurationText: text).flatMap { range.contains($0) ? .some($0) : nil }
        } render: {
            $0?.configurationText ?? "off"
        }
    }
}

extension ValueType<Character?> {
    static let keyOrOff = ValueType.scalar("one of 0 to 9, *, #, A to D, or off") { text in
        if text == "off" { return .some(nil) }
        guard text.count == 1, let key = text.first, "0123456789*#ABCD".contains(key) else { return nil }
        return .some(key)
    } render: {
        $0.map { String($0).quotedForYAML } ?? "off"
    }
}

extension ValueType<FillerStep> {
    private static let kinds: [(prefix: String, sound: @Sendable (String) -> FillerStep.Sound)] = [
        ("file:", { .file(path: $0, isLooped: false) }),
        ("loop:", { .file(path: $0, isLooped: true) }),
        ("say:", { .speech($0) }),
    ]

    static let fillerStep = ValueType.scalar("tone, file:PATH, loop:PATH or say:TEXT, a time before it") { text in
        var step = FillerStep(.tone)
        var rest = text[...]
        if let space = text.firstIndex(of: " "), let delay = Duration(configurationText: String(text[..<space])) {
            step.delay = delay
            rest = text[text.index(after: space)...]
        }
        if rest == "tone" { return step }
        guard let kind = kinds.first(where: { rest.hasPrefix($0.prefix) }) else { return nil }
        let value = String(rest.dropFirst(kind.prefix.count))
        guard !value.isEmpty else { return nil }
        step.sound = kind.sound(value)
        return step
    } render: { step in
        let sound =
            switch step.sound {
            case .tone: "tone"
            case .file(let path, let isLooped): (isLooped ? "loop:" : "file:") + path
            case .speech(let text): "say:" + text
            }
        return "\(step.delay.configurationText) \(sound)".quotedForYAML
    }
}

extension ClosedRange<Duration> {
    fileprivate var text: String { "from \(lowerBound.configurationText) to \(upperBound.configurationText)" }
}
