import ArgumentParser
import IMS
import SIP
import Timing

/// What an application server, or the called side, does with a request: `SERVER=STEP,STEP…`.
struct IFCServerBehaviour: ExpressibleByArgument {
    enum Step: Equatable {
        case status(StatusCode)
        case silent
        case handBack
        case retarget(String)
        case redirect(String)
        case dropOriginalDialog
        case wait(Duration)
    }

    /// `nil`: every server that is not named.
    let server: String?
    let steps: [Step]

    static let handBack = IFCServerBehaviour(server: nil, steps: [.handBack])

    init(server: String?, steps: [Step]) {
        self.server = server
        self.steps = steps
    }

    init?(argument: String) {
        if let steps = Self.steps(argument) {
            self.init(server: nil, steps: steps)
            return
        }
        // Both sides may hold "=": the first one behind which a behaviour stands divides them.
        for index in argument.indices where argument[index] == "=" {
            if let steps = Self.steps(String(argument[argument.index(after: index)...])) {
                self.init(server: String(argument[..<index]), steps: steps)
                return
            }
        }
        return nil
    }

    /// As help shows a default.
    var defaultValueDescription: String { text }

    /// Whether this is about the server of that name: the same URI, or the same host and port.
    func names(_ serverName: String) -> Bool {
        guard let server else { return false }
        if server == serverName { return true }
        guard let left = try? SIPURI(parsing: server.contains(":") ? server : "sip:\(server)"),
            let right = try? SIPURI(parsing: serverName)
        else { return false }
        return left.host.lowercased() == right.host.lowercased() && left.port == right.port && left.user == right.user
    }

    private static func steps(_ text: String) -> [Step]? {
        var steps: [Step] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let step = step(String(word)) else { return nil }
            steps.append(step)
        }
        return steps.isEmpty ? nil : steps
    }

    private static func step(_ word: String) -> Step? {
        switch word {
        case "silent": return .silent
        case "handback", "hand-back": return .handBack
        case "answer": return .status(.ok)
        case "drop-odi": return .dropOriginalDialog
        default: break
        }
        if let number = Int(word), word.utf8.count == 3 { return StatusCode(rawValue: number).map { .status($0) } }
        guard let colon = word.firstIndex(of: ":") else { return nil }
        let value = String(word[word.index(after: colon)...])
        switch word[..<colon] {
        case "retarget": return isURI(value) ? .retarget(value) : nil
        case "redirect": return isURI(value) ? .redirect(value) : nil
        case "wait": return duration(value).map { .wait($0) }
        default: return nil
        }
    }

    private static func isURI(_ text: String) -> Bool { (try? SIPURI(parsing: text)) != nil }

    /// `1500ms` or `2s`.
    private static func duration(_ text: String) -> Duration? {
        if text.hasSuffix("ms") { return Int(text.dropLast(2)).map { .milliseconds($0) } }
        guard text.hasSuffix("s") else { return nil }
        return Int(text.dropLast()).map { .seconds($0) }
    }

    var text: String {
        steps.map { step in
            switch step {
            case .status(let status): status.description
            case .silent: "silent"
            case .handBack: "handback"
            case .retarget(let uri): "retarget:\(uri)"
            case .redirect(let uri): "redirect:\(uri)"
            case .dropOriginalDialog: "drop-odi"
            case .wait(let duration): "wait:\(Int(duration.milliseconds))ms"
            }
        }.joined(separator: ",")
    }
}
