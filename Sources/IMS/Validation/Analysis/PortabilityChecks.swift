import SIP

/// Looks for requests that another S-CSCF treats differently. Each one that is reported was evaluated both ways.
struct PortabilityChecks {
    private static let dialects: [Dialect] = [.kamailio, .clearwater]
    /// Names that occur, in which a header's name may occur too.
    private static let headerNames = [
        "Accept-Contact", "Record-Route", "History-Info", "Alert-Info", "Call-Info", "Reply-To", "Refer-To",
        "Reject-Contact", "Request-Disposition", "P-Asserted-Identity", "P-Preferred-Identity", "P-Called-Party-ID",
        "P-Access-Network-Info", "Content-Type", "Content-Disposition", "User-Agent", "Supported", "Session-Expires",
    ]
    private static let methods = [
        "INVITE", "MESSAGE", "SUBSCRIBE", "OPTIONS", "PUBLISH", "REFER", "NOTIFY", "REGISTER",
    ]

    private var texts: TextSearch
    private var compilers: [Dialect: TestCompiler] = [:]

    private struct Probe {
        let sample: SampleRequest
        let trigger: ServicePointTrigger
        let rule: ProfileRule
    }

    init(cache: ExpressionCache) {
        texts = TextSearch(cache: cache)
        for dialect in Dialect.allCases { compilers[dialect] = TestCompiler(dialect: dialect, cache: cache) }
    }

    mutating func check(
        _ criterion: InitialFilterCriteria, _ search: inout RequestSearch, _ found: inout [ProfileDiagnostic]
    ) {
        guard let trigger = criterion.triggerPoint, let standard = compile(criterion, .standard),
            case .found(let base) = search.run(TriggerCondition(criterion))
        else { return }
        let triggers = trigger.servicePointTriggers
        var probes = triggers.map { Probe(sample: base, trigger: $0, rule: Self.rule(of: $0.test)) }
        for trigger in triggers { probes += self.probes(trigger, base) }
        for dialect in Self.dialects {
            let other = compile(criterion, dialect)
            var reported: Set<ProfileRule> = []
            for probe in probes where !reported.contains(probe.rule) {
                let fires = standard.matches(probe.sample.request, probe.sample.context)
                let otherFires = other?.matches(probe.sample.request, probe.sample.context) ?? false
                guard fires != otherFires, isDecisive(probe, dialect) else { continue }
                reported.insert(probe.rule)
                report(probe, dialect, fires: fires, isRefused: other == nil, &found)
            }
        }
    }

    /// Whether the test of the probe is one that the two read differently.
    private mutating func isDecisive(_ probe: Probe, _ dialect: Dialect) -> Bool {
        guard let standard = try? compilers[.standard]?.compile(probe.trigger) else { return false }
        guard let other = try? compilers[dialect]?.compile(probe.trigger) else { return true }
        return standard.holds(probe.sample.request, probe.sample.context)
            != other.holds(probe.sample.request, probe.sample.context)
    }

    private mutating func compile(_ criterion: InitialFilterCriteria, _ dialect: Dialect) -> CompiledCriterion? {
        var tests: [CompiledTest] = []
        for trigger in criterion.triggerPoint?.servicePointTriggers ?? [] {
            guard let test = try? compilers[dialect]?.compile(trigger) else { return nil }
            tests.append(test)
        }
        return CompiledCriterion(criterion, tests: tests)
    }

    private static func rule(of test: ServicePointTrigger.Test) -> ProfileRule {
        switch test {
        case .requestURI: .portabilityRequestURI
        case .method, .sessionCase: .portabilityMethod
        case .sipHeader: .portabilityHeader
        case .sessionDescription: .portabilitySessionDescription
        }
    }

    private func report(
        _ probe: Probe, _ dialect: Dialect, fires: Bool, isRefused: Bool, _ found: inout [ProfileDiagnostic]
    ) {
        let trigger = probe.trigger
        guard let place = trigger.contentLocation ?? trigger.subjectLocation ?? trigger.location else { return }
        let name = dialect == .kamailio ? "Kamailio" : "Clearwater"
        let what =
            isRefused
            ? "\(name) refuses the pattern and the criterion with it."
            : fires
                ? "\(name) does not trigger where TS 29.228 does."
                : "\(name) triggers where TS 29.228 does not."
        found.append(ProfileDiagnostic(probe.rule, what, at: place, sample: probe.sample))
    }

    /// Requests on which a test may mean something else to others.
    private mutating func probes(_ trigger: ServicePointTrigger, _ base: SampleRequest) -> [Probe] {
        let rule = Self.rule(of: trigger.test)
        func probe(_ request: SIPRequest, _ rule: ProfileRule) -> Probe {
            Probe(
                sample: SampleRequest(request: request, context: base.context), trigger: trigger, rule: rule)
        }
        switch trigger.test {
        case .sessionCase: return []
        case .method(let method, _):
            return Self.methods.filter { $0 != method && $0.hasPrefix(method.uppercased()) }.map { other in
                var request = base.request
                request.method = SIPMethod(rawValue: other)
                return probe(request, rule)
            }
        case .requestURI(let pattern):
            return wholeURIs(pattern).map { uri in
                var request = base.request
                request.requestURI = uri
                return probe(request, rule)
            }
        case .sipHeader(let name, let content):
            return headerProbes(name, content, trigger, base.request).map { probe($0, rule) }
                + caseProbe(name, content, base.request).map { probe($0, .portabilityCase) }
        case .sessionDescription: return []
        }
    }

    /// URIs that match as a whole, with a user and a scheme that may take part in the match.
    private mutating func wholeURIs(_ pattern: String) -> [String] {
        let plain = pattern.hasPrefix("^") ? String(pattern.dropFirst()) : pattern
        let users = plain.split(whereSeparator: { !($0.isLetter || $0.isNumber) }).map(String.init)
        var candidates = users.map { "sip:\($0)@example.org" } + users.map { "sip:bob@example.org;\($0)" }
        if case .found(let text) = texts.text(.requestURI, matching: [pattern], notMatching: []),
            text.hasPrefix("sip:") || text.hasPrefix("tel:")
        {
            candidates.append(text.contains("@") || text.hasPrefix("tel:") ? text : text + "bob@ims.example")
        }
        return candidates
    }

    private mutating func headerProbes(
        _ name: String, _ content: String?, _ trigger: ServicePointTrigger, _ request: SIPRequest
    ) -> [SIPRequest] {
        guard ServicePointTrigger.isHeaderName(name) else { return [] }
        var requests: [SIPRequest] = []
        var value = "1"
        if let content {
            if case .found(let text) = texts.text(.header(name), matching: [content], notMatching: []) { value = text }
            let isQuoted = content.utf8.count >= 2 && content.hasPrefix("\"") && content.hasSuffix("\"")
            if isQuoted,
                case .found(let text) = texts.text(
                    .header(name), matching: [String(content.dropFirst().dropLast())], notMatching: [content])
            {
                requests.append(Self.setting(name, text, request))
            }
        }
        if trigger.isNegated, content == nil { requests.append(Self.setting(name, value, request)) }
        let isMandatory = RequestConstraints.mandatoryHeaders.contains(HeaderName(name))
        for other in Self.headerNames
        where other.lowercased().contains(name.lowercased()) && HeaderName(other) != HeaderName(name) {
            var changed = request
            changed.headers.removeAll(HeaderName(name))
            if isMandatory, let plain = SampleRequest.plainValue(HeaderName(name)) {
                changed.headers.append(HeaderName(name), plain)
            }
            changed.headers.append(HeaderName(other), value)
            requests.append(changed)
        }
        return requests
    }

    /// The value with the other case of each letter.
    private mutating func caseProbe(_ name: String, _ content: String?, _ request: SIPRequest) -> [SIPRequest] {
        guard let content, ServicePointTrigger.isHeaderName(name),
            case .found(let text) = texts.text(.header(name), matching: [content], notMatching: [])
        else { return [] }
        let upper = text.uppercased()
        let changed = upper == text ? text.lowercased() : upper
        return changed == text ? [] : [Self.setting(name, changed, request)]
    }

    private static func setting(_ name: String, _ value: String, _ request: SIPRequest) -> SIPRequest {
        var changed = request
        changed.headers.removeAll(HeaderName(name))
        changed.headers.append(HeaderName(name), value)
        return changed
    }
}
