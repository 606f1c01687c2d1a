import SIP

// A criterion made of the first bytes and a request made of the rest: whatever way it is evaluated, the answer is the
// same, and an explanation never disagrees with it.

private struct Source {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

    mutating func text() -> String {
        let length = Int(byte() % 24)
        defer { bytes = bytes.dropFirst(length) }
        return String(decoding: bytes.prefix(length), as: UTF8.self)
    }

    mutating func rest() -> [UInt8] { Array(bytes) }

    mutating func test() -> ServicePointTrigger.Test {
        switch byte() % 5 {
        case 0: return .requestURI(pattern: text())
        case 1:
            let methods = ["INVITE", "REGISTER", "MESSAGE", text()]
            let types = RegistrationType(rawValue: Int(byte() % 4)).map { [$0] } ?? []
            return .method(methods[Int(byte() % 4)], registrationTypes: types)
        case 2:
            let names = ["From", "Subject", "Content-Type", text()]
            return .sipHeader(name: names[Int(byte() % 4)], content: byte() % 3 == 0 ? nil : text())
        case 3: return .sessionCase(SessionCase(rawValue: Int(byte() % 5)) ?? .originating)
        default:
            return .sessionDescription(line: byte() % 4 == 0 ? text() : "m", content: byte() % 3 == 0 ? nil : text())
        }
    }
}

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    var source = Source(Array(octets))
    var triggers: [ServicePointTrigger] = []
    for _ in 0...Int(source.byte() % 3) {
        let header = source.byte()
        triggers.append(
            ServicePointTrigger(isNegated: header & 1 == 1, groups: [Int(header >> 1 & 1)], test: source.test()))
    }
    let context = EvaluationContext(
        sessionCase: SessionCase(rawValue: Int(source.byte() % 5)) ?? .originating,
        registrationType: RegistrationType(rawValue: Int(source.byte() % 4)))
    let dialect = Dialect.allCases[Int(source.byte() % 3)]
    let isConjunctive = source.byte() & 1 == 0
    var profile = ServiceProfile()
    profile.initialFilterCriteria = [
        InitialFilterCriteria(
            priority: 0,
            triggerPoint: TriggerPoint(isConjunctiveNormalForm: isConjunctive, servicePointTriggers: triggers),
            applicationServer: .init(serverName: "sip:as.example"))
    ]
    guard case .request(let request)? = try? SIPMessage(parsing: source.rest()) else { return }
    let compiled = CompiledProfile(profile, dialect: dialect)
    let matches = compiled.matches(request, in: context)
    let evaluation = compiled.evaluate(request, in: context)
    precondition(evaluation.matches == matches)
    precondition(evaluation.criteria.filter(\.matched).count == matches.count)
    // The analysis never says that a criterion which just fired cannot fire.
    if dialect == .standard, !matches.isEmpty, let criterion = profile.initialFilterCriteria.first {
        var search = RequestSearch()
        let isPlain =
            request.requestURI.hasPrefix("sip:")
            && RequestConstraints.mandatoryHeaders.allSatisfy {
                request.headers.contains($0)
            }
        if isPlain, case .none = search.run(TriggerCondition(criterion)) {
            let uri = (try? request.uri())?.host ?? ""
            let isOrdinary = uri.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && request.requestURI.utf8.count < 64
            precondition(!isOrdinary || triggers.contains { if case .requestURI = $0.test { true } else { false } })
        }
    }
}
