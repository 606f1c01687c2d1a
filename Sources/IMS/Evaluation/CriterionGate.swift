import SIP

/// What a criterion asks of method and session case, as two masks: a request outside them cannot meet it. Most
/// requests are decided here, without a look at a single test.
struct CriterionGate: Sendable, Hashable {
    /// One bit for each session case.
    private var sessionCases: UInt8
    /// One bit for each of ``methods``, and the highest for all others.
    private var methods: UInt32

    private static let everything = CriterionGate(sessionCases: .max, methods: .max)
    private static let nothing = CriterionGate(sessionCases: 0, methods: 0)
    private static let otherMethod: UInt32 = 1 << 31
    private static let methods: [SIPMethod] = [
        .invite, .register, .message, .subscribe, .options, .publish, .refer, .notify, .bye, .ack, .cancel, .prack,
        .update, .info,
    ]

    private init(sessionCases: UInt8, methods: UInt32) {
        self.sessionCases = sessionCases
        self.methods = methods
    }

    /// - Parameter groups: The tests of each group; none: always.
    init(groups: [[CompiledTest]], isConjunctive: Bool) {
        guard !groups.isEmpty else {
            self = .everything
            return
        }
        self = isConjunctive ? .everything : .nothing
        for group in groups {
            var gate: CriterionGate = isConjunctive ? .nothing : .everything
            for test in group {
                if isConjunctive {
                    gate.formUnion(Self.gate(of: test))
                } else {
                    gate.formIntersection(Self.gate(of: test))
                }
            }
            if isConjunctive { formIntersection(gate) } else { formUnion(gate) }
        }
    }

    /// Whether a request of that method (as ``bit(of:)``) and session case can meet the criterion.
    func admits(method: UInt32, _ sessionCase: SessionCase) -> Bool {
        methods & method != 0 && sessionCases & Self.bit(of: sessionCase) != 0
    }

    static func bit(of method: SIPMethod) -> UInt32 {
        for (position, known) in methods.enumerated() where known == method { return 1 << UInt32(position) }
        return otherMethod
    }

    private static func bit(of sessionCase: SessionCase) -> UInt8 { 1 << UInt8(sessionCase.rawValue) }

    /// A mask that admits at least every request for which the test can hold.
    private static func gate(of test: CompiledTest) -> CriterionGate {
        var gate = everything
        switch test.kind {
        case .sessionCase(let sessionCase):
            gate.sessionCases = bit(of: sessionCase)
            if test.isNegated { gate.sessionCases = ~gate.sessionCases }
        case .method(let method, let types):
            let bit = bit(of: method)
            if !test.isNegated {
                gate.methods = bit
            } else if bit != otherMethod && types.isEmpty {
                gate.methods = ~bit
            }
        default: break
        }
        return gate
    }

    private mutating func formUnion(_ other: CriterionGate) {
        sessionCases |= other.sessionCases
        methods |= other.methods
    }

    private mutating func formIntersection(_ other: CriterionGate) {
        sessionCases &= other.sessionCases
        methods &= other.methods
    }
}
