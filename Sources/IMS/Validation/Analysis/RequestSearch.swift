import SIP

/// Looks for a request that meets a condition.
///
/// A request that is found has been evaluated and does what is said of it. That there is none is said only when every
/// way to meet the condition leads to a contradiction between methods, session cases, registration, or patterns over
/// one text; texts of more than 4096 bytes, which no pattern matches, are left out of account.
struct RequestSearch {
    enum Result {
        case found(SampleRequest)
        case none
        /// Neither a request nor a proof was found within bounds.
        case unknown
    }

    private static let maximumBranches = 2_000
    private static let likelyMethods = [
        "INVITE", "MESSAGE", "SUBSCRIBE", "OPTIONS", "PUBLISH", "REFER", "NOTIFY", "REGISTER",
    ]

    private var texts: TextSearch
    private var compiler: TestCompiler
    private var compiled: [ServicePointTrigger.Test: CompiledTest] = [:]
    private var branches = 0
    private var isIncomplete = false

    init(cache: ExpressionCache = ExpressionCache()) {
        texts = TextSearch(cache: cache)
        compiler = TestCompiler(dialect: .standard, cache: cache)
    }

    mutating func run(_ condition: TriggerCondition) -> Result {
        var methods: [String] = []
        condition.forEachTest { test in
            if case .method(let method, _) = test, !methods.contains(method) { methods.append(method) }
        }
        branches = 0
        isIncomplete = false
        let unnamed = Self.likelyMethods.first { !methods.contains($0) } ?? "X-OTHER"
        let ordered = (methods + [unnamed]).sorted { rank($0) < rank($1) }
        if let sample = search([condition], RequestConstraints(methods: ordered), condition) { return .found(sample) }
        return isIncomplete ? .unknown : .none
    }

    private func rank(_ method: String) -> Int {
        Self.likelyMethods.firstIndex(of: method) ?? Self.likelyMethods.count
    }

    private mutating func search(
        _ pending: [TriggerCondition], _ constraints: RequestConstraints, _ whole: TriggerCondition
    ) -> SampleRequest? {
        var pending = pending
        var constraints = constraints
        var choices: [[TriggerCondition]] = []
        while let next = pending.popLast() {
            switch next {
            case .test(let test, let holds): if !constraints.add(test, holds: holds) { return nil }
            case .registered(let isRegistered): if !constraints.add(registered: isRegistered) { return nil }
            case .all(let parts): pending += parts
            case .any(let parts):
                if parts.count == 1 { pending.append(parts[0]) } else { choices.append(parts) }
            }
        }
        choices.sort { $0.count > $1.count }
        guard let choice = choices.popLast() else { return sample(constraints, whole) }
        let rest = choices.map { TriggerCondition.any($0) }
        for part in choice {
            branches += 1
            guard branches <= Self.maximumBranches else {
                isIncomplete = true
                return nil
            }
            if let found = search(rest + [part], constraints, whole) { return found }
        }
        return nil
    }

    /// A request for a conjunction, evaluated.
    private mutating func sample(_ constraints: RequestConstraints, _ whole: TriggerCondition) -> SampleRequest? {
        guard let situation = constraints.situations.first else { return nil }
        guard let uri = requestURI(constraints.uri, situation) else { return nil }
        var headers: [HeaderName: [String]] = [:]
        for (name, wanted) in constraints.headers {
            guard let values = values(.header(name.rawValue), wanted, isMandatory: isMandatory(name)) else {
                return nil
            }
            headers[name] = values
        }
        var lines: [UInt8: [String]] = [:]
        var withoutLines: Set<UInt8> = []
        var needsBody = false
        for (letter, wanted) in constraints.lines {
            guard let values = values(.line(letter), wanted, isMandatory: false) else { return nil }
            if wanted.needsText {
                needsBody = true
                lines[letter] = values
            } else {
                withoutLines.insert(letter)
            }
        }
        if needsBody, let wanted = constraints.headers[.contentType], wanted != TextConstraints() {
            // Only a session description is searched for lines, so the type is not free.
            guard wanted.isPresent != false else { return nil }
            headers[.contentType] = ["application/sdp"]
        }
        let builder = RequestBuilder(
            situation: situation, uri: uri, headers: headers, lines: lines, withoutLines: withoutLines,
            needsBody: needsBody)
        let sample = builder.sample
        if holds(whole, sample) { return sample }
        isIncomplete = true
        return nil
    }

    private func isMandatory(_ name: HeaderName) -> Bool {
        RequestConstraints.mandatoryHeaders.contains(name)
    }

    /// `nil` if there is no such Request-URI, or none was found.
    private mutating func requestURI(
        _ wanted: TextConstraints, _ situation: RequestConstraints.Situation
    ) -> String? {
        if wanted == TextConstraints() {
            return situation.method == "REGISTER" ? "sip:ims.example" : "sip:bob@ims.example"
        }
        guard let text = text(.requestURI, wanted.matching, wanted.notMatching) else { return nil }
        let user = situation.method == "REGISTER" ? "" : "bob@"
        if TextDomain.hosts.contains(text) || Self.accepts(TextDomain.hostport, text) { return "sip:\(user)\(text)" }
        if TextDomain.numbers.contains(text) || Self.accepts(TextDomain.telephoneSubscriber, text) {
            return "tel:\(text)"
        }
        return "urn:\(text)"
    }

    private static func accepts(_ domain: DeterministicAutomaton?, _ text: String) -> Bool {
        domain?.matches(text.utf8.span) ?? false
    }

    /// `nil` if the texts that are asked for cannot be; empty if none is needed.
    private mutating func values(_ domain: TextDomain, _ wanted: TextConstraints, isMandatory: Bool) -> [String]? {
        if wanted.isPresent == false { return [] }
        var values: [String] = []
        for pattern in wanted.matching {
            guard let value = text(domain, [pattern], wanted.notMatching) else { return nil }
            if !values.contains(value) { values.append(value) }
        }
        if values.isEmpty, wanted.isPresent == true || isMandatory {
            guard let value = text(domain, [], wanted.notMatching) else { return nil }
            values = [value]
        }
        return values
    }

    private mutating func text(_ domain: TextDomain, _ matching: [String], _ notMatching: [String]) -> String? {
        switch texts.text(domain, matching: matching, notMatching: notMatching) {
        case .found(let text): return text
        case .none: return nil
        case .unknown:
            isIncomplete = true
            return nil
        }
    }

    /// Whether a request meets a condition, as the evaluation sees it.
    mutating func holds(_ condition: TriggerCondition, _ sample: SampleRequest) -> Bool {
        switch condition {
        case .registered(let isRegistered): return sample.context.isRegistered == isRegistered
        case .all(let parts):
            for part in parts where !holds(part, sample) { return false }
            return true
        case .any(let parts):
            for part in parts where holds(part, sample) { return true }
            return false
        case .test(let test, let holds):
            guard let compiled = compiledTest(test) else { return false }
            return compiled.isFound(sample.request, sample.context) == holds
        }
    }

    private mutating func compiledTest(_ test: ServicePointTrigger.Test) -> CompiledTest? {
        if let known = compiled[test] { return known }
        guard let fresh = try? compiler.compile(ServicePointTrigger(test: test)) else { return nil }
        compiled[test] = fresh
        return fresh
    }
}
