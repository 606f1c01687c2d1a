extension EngineTool {
    /// ``parameters``, or the schema of any object if they are no JSON.
    var schema: String { JSONDocument.isValid(parameters) ? parameters : #"{"type":"object"}"# }
}

extension EngineCommand {
    /// What a language model is told to make it say `text`.
    static func instruction(toSay text: String) -> String { "Say exactly this, and nothing else: \(text)" }

    /// How a key of the keypad is told to a model that has no other way to learn of it.
    static func message(forDigit digit: Character) -> String { "The caller pressed \(digit) on the keypad." }
}

extension EngineHandshake {
    /// Adds a parameter to the query of the target, unless it has one of this name.
    mutating func addQuery(_ name: String, _ value: String) {
        let query = target.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        guard !query.split(separator: "&").contains(where: { $0.hasPrefix("\(name)=") }) else { return }
        target += target.contains("?") ? "&" : "?"
        target += "\(name)="
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                target.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                target += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
    }
}
