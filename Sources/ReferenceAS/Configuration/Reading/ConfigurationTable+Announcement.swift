import ApplicationServer
import Media

/// The keys of an announcement.
extension ConfigurationTable {
    static let announcement: [ConfigurationKey<AnnouncementDefinition>] =
        [
            ConfigurationKey(
                "sounds", \.sounds, ValueType<Announcement.Sound>.sound.list, required: true,
                "What is played, in order: file:PATH (WAV, mono, 16 bits), or a tone and how long, such as "
                    + "\"tone:ringback 5s\": \(CallProgressTone.allCases.map(\.rawValue).joined(separator: ", "))."),
            ConfigurationKey("times", \.times, .number(1...100), "How often all of it is played."),
            ConfigurationKey(
                "limit", \.limit, .duration(in: .seconds(1) ... .seconds(3_600)), unit: durationUnit,
                "It ends after so long, whatever is left of it."),
            ConfigurationKey(
                "when", \.when, .choice(),
                "early: as early media, the caller gets no answer; answered: after an answer."),
            ConfigurationKey(
                "end", \.end, ValueType<AnnouncementDefinition.End>.choice().optional,
                "What becomes of the call then. Early: reject, route (to target), resume (back to the S-CSCF: the next "
                    + "criterion acts). Answered: hang-up, transfer (to target). Not set: reject, or hang-up."),
            ConfigurationKey("status", \.status, .number(400...699), "The final response of reject."),
            ConfigurationKey(
                "cause", \.cause, ValueType<Int>.number(0...127).optional,
                "Cause of Q.850 for its Reason header: 31 is normal, 1 an unallocated number."),
            ConfigurationKey(
                "target", \.target, ValueType<String>.name.optional,
                "Name of a transfer target, for route and transfer."),
        ]
        + onward.map { $0.within(\.onward) }
}

extension ValueType<Announcement.Sound> {
    static let sound = ValueType.scalar("file:PATH or tone:NAME and its length, such as tone:ringback 5s") { text in
        if text.hasPrefix("file:") {
            let path = String(text.dropFirst("file:".count))
            return path.isEmpty ? nil : .file(path)
        }
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 2, words[0].hasPrefix("tone:"),
            let tone = CallProgressTone(rawValue: String(words[0].dropFirst("tone:".count))),
            let length = Duration(configurationText: words[1]), length > .zero, length <= .seconds(75)
        else { return nil }
        return .tone(tone, length)
    } render: { sound in
        switch sound {
        case .file(let path): "file:\(path)".quotedForYAML
        case .tone(let tone, let length): "tone:\(tone.rawValue) \(length.configurationText)".quotedForYAML
        }
    }
}
