import Media
import SIP
import VoiceEngine

/// Reads lists of actions out of JSON, strictly: what is not known, misspelt or out of range is a fault with its place,
/// so that nothing is done that was not meant.
public struct CallActionDecoder: Sendable {
    public var limits: CallActionLimits
    /// Whether there is a voice for `say`.
    public var hasSpeech: Bool

    private static let keys = Set("0123456789*#ABCD")
    private static let longestTime = 600_000

    public init(limits: CallActionLimits = CallActionLimits(), hasSpeech: Bool) {
        self.limits = limits
        self.hasSpeech = hasSpeech
    }

    /// - Parameters:
    ///   - bytes: A JSON list; no octets at all are an empty one.
    ///   - isAnswered: Whether the call has been answered by the time that the list is begun.
    public func actions(in bytes: [UInt8], isAnswered: Bool) throws(CallActionFault) -> [CallAction] {
        guard bytes.count <= limits.octets else { throw CallActionFault("$", "is longer than \(limits.octets) octets") }
        guard !bytes.isEmpty else { return [] }
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: bytes) } catch {
            throw CallActionFault("$", "is no JSON: \(error)")
        }
        guard value != .array([]) else { return [] }
        var isAnswered = isAnswered
        var isOver = false
        var actions: [CallAction] = []
        for (element, path) in try CallActionFields.list(value, at: "$", atMost: limits.actions) {
            guard !isOver else { throw CallActionFault(path, "can never be reached") }
            let action = try action(element, at: path)
            switch action.phase {
            case .beforeAnswer where isAnswered:
                throw CallActionFault("\(path).action", "\(action.name.rawValue) is too late: the call is answered")
            case .afterAnswer where !isAnswered:
                throw CallActionFault("\(path).action", "\(action.name.rawValue) needs an answer before it")
            default: break
            }
            if action == .answer { isAnswered = true }
            isOver = action.isLast
            actions.append(action)
        }
        return actions
    }

    private func action(_ value: JSONValue, at path: String) throws(CallActionFault) -> CallAction {
        var fields = try CallActionFields(value, at: path)
        guard let name = try fields.choice("action", CallAction.Name.self) else { throw fields.missing("action") }
        let action: CallAction
        switch name {
        case .ring: action = .ring
        case .answer: action = .answer
        case .record: action = .record
        case .say, .play: action = .play(try prompts(name, &fields))
        case .reject: action = try reject(&fields)
        case .route: action = .route(try fields.text("target", atMost: 256))
        case .collect: action = .collect(try collection(&fields))
        case .transfer: action = .transfer(try transfer(&fields))
        case .digits: action = .sendDigits(try digits(&fields))
        case .hangup: action = .hangUp(try fields.text("reason", atMost: 128))
        case .set: action = .set(try data(&fields))
        case .pause:
            guard let time = try fields.milliseconds("timeMs", in: 0...60_000) else { throw fields.missing("timeMs") }
            action = .pause(time)
        }
        try fields.end()
        return action
    }

    private func reject(_ fields: inout CallActionFields) throws(CallActionFault) -> CallAction {
        guard let number = try fields.number("status", in: 400...699), let status = StatusCode(rawValue: number) else {
            throw fields.missing("status")
        }
        return .reject(status, retryAfter: try fields.number("retryAfter", in: 0...86_400))
    }

    // MARK: What is heard

    private func prompts(
        _ name: CallAction.Name,
        _ fields: inout CallActionFields
    ) throws(CallActionFault) -> [CallAction.Prompt] {
        let prompt = name == .say ? try speech(&fields) : try recording(&fields)
        let times = try fields.number("repeat", in: 1...100) ?? 1
        return Array(repeating: prompt, count: times)
    }

    private func speech(_ fields: inout CallActionFields) throws(CallActionFault) -> CallAction.Prompt {
        guard hasSpeech else {
            throw CallActionFault("\(fields.path).action", "say needs a voice: speech.url is not configured")
        }
        guard let text = try fields.text("text", atMost: limits.text) else { throw fields.missing("text") }
        let language = try fields.text("language", atMost: 35)
        let voice = try fields.text("voice", atMost: 64)
        return .speech(CallAction.Speech(text, language: language, voice: voice))
    }

    private func recording(_ fields: inout CallActionFields) throws(CallActionFault) -> CallAction.Prompt {
        let file = try fields.text("file", atMost: 255)
        let tone = try fields.choice("tone", CallProgressTone.self)
        let time = try fields.milliseconds("timeMs", in: 100...75_000)
        switch (file, tone) {
        case (let file?, nil):
            guard time == nil else { throw CallActionFault("\(fields.path).timeMs", "is of tones only") }
            guard MediaFolder.isName(file) else {
                throw CallActionFault("\(fields.path).file", "is no name of a file below the folder of the service")
            }
            return .file(file)
        case (nil, let tone?): return .tone(tone, time ?? .seconds(5))
        case (nil, nil): throw CallActionFault(fields.path, "needs a file or a tone")
        default: throw CallActionFault(fields.path, "has both a file and a tone")
        }
    }

    // MARK: Keys

    private func collection(_ fields: inout CallActionFields) throws(CallActionFault) -> CallAction.Collection {
        guard let maximum = try fields.number("max", in: 1...64) else { throw fields.missing("max") }
        var collection = CallAction.Collection(maximum: maximum)
        if let minimum = try fields.number("min", in: 0...maximum) { collection.minimum = minimum }
        if let terminator = fields.take("terminator") {
            collection.terminator = try Self.terminator(terminator, at: "\(fields.path).terminator")
        }
        if let time = try fields.milliseconds("firstDigitMs", in: 100...120_000) { collection.firstDigitTime = time }
        if let time = try fields.milliseconds("nextDigitMs", in: 100...60_000) { collection.nextDigitTime = time }
        for (element, path) in try fields.list("prompt", atMost: limits.actions) ?? [] {
            var prompt = try CallActionFields(element, at: path)
            switch try prompt.choice("action", CallAction.Name.self) {
            case let name? where name == .say || name == .play: collection.prompt += try prompts(name, &prompt)
            case nil: throw prompt.missing("action")
            default: throw CallActionFault("\(path).action", "must be say or play")
            }
            try prompt.end()
        }
        return collection
    }

    private static func terminator(_ value: JSONValue, at path: String) throws(CallActionFault) -> Character? {
        if value == .bool(false) { return nil }
        guard let text = value.text, text.count == 1, let key = text.first, keys.contains(key) else {
            throw CallActionFault(path, "must be a key, or false")
        }
        return key
    }

    private func digits(_ fields: inout CallActionFields) throws(CallActionFault) -> String {
        guard let digits = try fields.text("digits", atMost: 64) else { throw fields.missing("digits") }
        guard digits.allSatisfy(Self.keys.contains) else {
            throw CallActionFault("\(fields.path).digits", "must be keys: 0 to 9, *, #, A to D")
        }
        return digits
    }

    // MARK: Others

    private func transfer(_ fields: inout CallActionFields) throws(CallActionFault) -> CallAction.Transfer {
        var targets: [String] = []
        for (element, path) in try fields.list("targets", atMost: 16) ?? [] {
            targets.append(try CallActionFields.text(element, at: path, atMost: 256))
        }
        guard !targets.isEmpty else { throw fields.missing("targets") }
        var transfer = CallAction.Transfer(targets: targets)
        if let ways = try fields.list("ways", atMost: TransferMethod.allCases.count) {
            var chosen: [TransferMethod] = []
            for (element, path) in ways { chosen.append(try CallActionFields.choice(element, at: path)) }
            transfer.ways = chosen
        }
        transfer.ringTime = try fields.milliseconds("ringMs", in: 100...Self.longestTime)
        transfer.limit = try fields.milliseconds("limitMs", in: 100...Self.longestTime)
        transfer.reason = try fields.text("reason", atMost: 256)
        return transfer
    }

    private func data(_ fields: inout CallActionFields) throws(CallActionFault) -> [String: String] {
        guard let value = fields.take("data") else { throw fields.missing("data") }
        let path = "\(fields.path).data"
        guard case .object(let members) = value else { throw CallActionFault(path, "must be an object") }
        guard members.count <= limits.actions else {
            throw CallActionFault(path, "has more than \(limits.actions) members")
        }
        var data: [String: String] = [:]
        for (index, member) in members.enumerated() {
            let place = "\(path)[\(index)]"
            let name = try CallActionFields.text(.string(member.name), at: place, atMost: 64)
            data[name] = try CallActionFields.text(member.value, at: place, atMost: limits.text)
        }
        return data
    }
}
