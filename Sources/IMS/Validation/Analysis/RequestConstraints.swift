import SIP

/// What is asked of the texts in one place of a request: the instances of a header, the lines of one letter.
struct TextConstraints: Hashable, Sendable {
    /// `nil`: not asked.
    var isPresent: Bool?
    var matching: [String] = []
    var notMatching: [String] = []

    /// - Returns: Whether the patterns can still go together, as far as that is plain.
    mutating func add(_ pattern: String?, holds: Bool) -> Bool {
        guard let pattern else {
            if let isPresent { return isPresent == holds }
            isPresent = holds
            return holds || matching.isEmpty
        }
        if holds {
            if !matching.contains(pattern) { matching.append(pattern) }
            return isPresent != false && !notMatching.contains(pattern)
        }
        if !notMatching.contains(pattern) { notMatching.append(pattern) }
        return !matching.contains(pattern)
    }

    var needsText: Bool { isPresent == true || !matching.isEmpty }
}

/// A conjunction of tests, taken apart by what they look at.
struct RequestConstraints: Sendable {
    /// A method, a kind of registration and a session case that go together.
    struct Situation: Sendable {
        let method: String
        let registrationType: RegistrationType?
        let sessionCase: SessionCase
        let isRegistered: Bool
    }

    /// Headers without which there is no request (RFC 3261 §8.1.1).
    static let mandatoryHeaders: [HeaderName] = [.via, .from, .to, .callID, .cSeq]

    /// Those that are still possible, the likeliest first.
    private(set) var situations: [Situation]
    private(set) var uri = TextConstraints()
    private(set) var headers: [HeaderName: TextConstraints] = [:]
    private(set) var lines: [UInt8: TextConstraints] = [:]
    /// Tests by a pattern over names: they may or may not hold, whatever else does.
    private(set) var others: [ServicePointTrigger.Test: Bool] = [:]

    /// - Parameter methods: The methods that tests tell apart.
    init(methods: [String]) {
        situations = methods.flatMap { method in
            let types: [RegistrationType?] = method == "REGISTER" ? RegistrationType.allCases : [nil]
            return types.flatMap { type in
                SessionCase.allCases.flatMap { sessionCase -> [Situation] in
                    let states = sessionCase == .originatingCDIV ? [true, false] : [sessionCase.impliesRegistered]
                    return states.map {
                        Situation(method: method, registrationType: type, sessionCase: sessionCase, isRegistered: $0)
                    }
                }
            }
        }
    }

    mutating func add(registered: Bool) -> Bool {
        situations.removeAll { $0.isRegistered != registered }
        return !situations.isEmpty
    }

    /// - Returns: Whether the tests can still hold together, as far as that is plain.
    mutating func add(_ test: ServicePointTrigger.Test, holds: Bool) -> Bool {
        switch test {
        case .sessionCase(let sessionCase):
            situations.removeAll { ($0.sessionCase == sessionCase) != holds }
            return !situations.isEmpty
        case .method(let method, let types):
            situations.removeAll { situation in
                let isFound =
                    situation.method == method
                    && (types.isEmpty || method != "REGISTER"
                        || situation.registrationType.map { types.contains($0) } ?? false)
                return isFound != holds
            }
            return !situations.isEmpty
        case .requestURI(let pattern): return uri.add(pattern, holds: holds)
        case .sipHeader(let name, let content) where ServicePointTrigger.isHeaderName(name):
            let name = HeaderName(name)
            if content == nil, !holds, Self.mandatoryHeaders.contains(name) { return false }
            return headers[name, default: TextConstraints()].add(content, holds: holds)
        case .sessionDescription(let line, let content) where line.utf8.count == 1:
            return lines[line.utf8.first ?? 0, default: TextConstraints()].add(content, holds: holds)
        default:
            if let other = others[test] { return other == holds }
            others[test] = holds
            return true
        }
    }
}
