import VoiceEngine

/// What an engine has found out and what was said in a call, as far as it is kept for who takes the call over.
struct CallFindings: Sendable {
    private static let maximumLines = 500
    private static let maximumOctets = 65_536
    private static let maximumVariables = 64
    private static let maximumVariable = 4_096

    /// Oldest first; of a longer conversation, the end.
    private(set) var transcript: [HandOver.Line] = []
    private(set) var variables: [String: String] = [:]
    private var octets = 0

    mutating func note(_ event: EngineEvent) {
        switch event {
        case .transcript(let speaker, let text, isFinal: true): append(HandOver.Line(speaker, text))
        case .variables(let variables): merge(variables)
        default: break
        }
    }

    private mutating func append(_ line: HandOver.Line) {
        var line = line
        line.text = line.text.cut(to: Self.maximumOctets / 4)
        transcript.append(line)
        octets += line.text.utf8.count
        while transcript.count > Self.maximumLines || octets > Self.maximumOctets {
            octets -= transcript.removeFirst().text.utf8.count
        }
    }

    /// Later values win. What is too much is left out.
    mutating func merge(_ new: [String: String]) {
        for (name, value) in new.sorted(by: { $0.key < $1.key }) where name.utf8.count <= 64 {
            guard variables[name] != nil || variables.count < Self.maximumVariables else { continue }
            variables[name] = value.cut(to: Self.maximumVariable)
        }
    }
}
