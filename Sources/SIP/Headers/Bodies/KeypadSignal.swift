/// A key pressed during a call, as an INFO request outside any Info-Package tells it: a body of the type
/// `application/dtmf-relay` (`Signal=5`, `Duration=160`) or `application/dtmf` (the key alone).
///
/// Neither type was ever standardised; RFC 6086 §2 calls this use of INFO legacy and lets it live on.
public struct KeypadSignal: Sendable, Hashable {
    public static let relayType = MediaType("application", "dtmf-relay")
    public static let plainType = MediaType("application", "dtmf")

    /// `0`-`9`, `*`, `#`, `A`-`D`; `nil` for a hook flash, which is no key.
    public var digit: Character?
    /// Milliseconds the key was held; `nil` if the body does not say.
    public var duration: Int?

    /// - Parameter key: `0`-`9`, `*`, `#`, `A`-`D` in either case; `nil` is returned for others.
    public init?(key: Character) {
        self.init(signal: String(key)[...])
        guard digit != nil else { return nil }
    }

    /// Whether bodies of a type are keypad signals.
    public static func isCarried(by type: MediaType) -> Bool {
        [relayType, plainType].contains { type.isType($0.type, $0.subtype) }
    }

    /// Reads the body of an INFO; `nil` if it names no key.
    public init?(parsing body: [UInt8], of type: MediaType) {
        // A signal and its duration fit in far less.
        let text = String(decoding: body.prefix(256), as: UTF8.self)
        guard type.isType(Self.relayType.type, Self.relayType.subtype) else {
            self.init(signal: text[...])
            return
        }
        var signal: Substring?
        var duration: Int?
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            switch Self.trimmed(parts[0]).lowercased() {
            case "signal": signal = parts[1]
            case "duration": duration = Int(Self.trimmed(parts[1]))
            default: break
            }
        }
        guard let signal else { return nil }
        self.init(signal: signal)
        self.duration = duration.flatMap { (0...60_000).contains($0) ? $0 : nil }
    }

    /// Keys beyond the nine go by their sign, or by the number that RFC 4733 §3.2 gives them.
    private init?(signal: Substring) {
        duration = nil
        switch Self.trimmed(signal).uppercased() {
        case "10", "*": digit = "*"
        case "11", "#": digit = "#"
        case "12", "A": digit = "A"
        case "13", "B": digit = "B"
        case "14", "C": digit = "C"
        case "15", "D": digit = "D"
        case "16", "!", "FLASH": digit = nil
        case let text:
            guard text.utf8.count == 1, let character = text.first, ("0"..."9").contains(character) else { return nil }
            digit = character
        }
    }

    /// As a body of ``relayType``.
    public var relayBody: [UInt8] {
        Array("Signal=\(digit.map(String.init) ?? "16")\r\nDuration=\(duration ?? 100)\r\n".utf8)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return start[...last]
    }
}
