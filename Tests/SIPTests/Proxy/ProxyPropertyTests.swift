import SIP
import Testing
import Timing

/// One random history of a context: targets, responses in any order, failures, CANCEL, timer C.
private struct ProxyHistory {
    private enum Branch {
        case trying
        case proceeding
        case answered
        case ended
    }

    private static let finals = [200, 302, 401, 404, 407, 408, 480, 486, 487, 500, 503, 600, 603]
    private static let targets = (0..<6).compactMap { try? Lab.target("sip:t\($0)@example.com") }

    private var context: ProxyContext
    private var random: SeededGenerator
    private let isInvite: Bool
    private let breadth: Int
    private var now = MonotonicTime.zero
    private var branches: [Branch] = []
    private var shares: [Int] = []
    private var cancelled: Set<Int> = []
    private var successes = 0
    private var failures = 0
    private var ends = 0
    private var isSettled = false
    private(set) var faults: [String] = []

    init(_ request: ProxyRequest, seed: UInt64, configuration: ProxyConfiguration) {
        random = SeededGenerator(seed: seed)
        isInvite = request.request.method == .invite
        breadth = request.maxBreadth
        var groups: [[ProxyTarget]] = [[]]
        for target in Self.targets.shuffled(using: &random).prefix(Int.random(in: 0...6, using: &random)) {
            if Bool.random(using: &random) { groups.append([]) }
            groups[groups.count - 1].append(target)
        }
        context = ProxyContext(
            request: request,
            targets: ProxyTargetSet(groups: groups),
            seed: "s",
            configuration: configuration,
            loops: Lab.loops
        )
    }

    mutating func play() {
        step { $0.start(at: $1, into: &$2) }
        var events = 0
        while !context.isTerminated, events < 200 {
            events += 1
            guard let index = branches.indices.filter({ isOpen($0) }).randomElement(using: &random) else {
                fault("nothing is open and nothing has ended")
                return
            }
            event(on: index)
        }
        if !context.isTerminated { fault("no end after \(events) events") }
        finish()
    }

    private func isOpen(_ index: Int) -> Bool { branches[index] == .trying || branches[index] == .proceeding }

    private mutating func event(on index: Int) {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<6:
            branches[index] = .proceeding
            respond(Bool.random(using: &random) ? 180 : 100, on: index)
        case 6..<14:
            respond(Self.finals.randomElement(using: &random) ?? 486, on: index)
        case 14..<16:
            branches[index] = .ended
            let failure: TransactionFailure = Bool.random(using: &random) ? .timeout : .transport
            step { $0.fail(ProxyBranchID(rawValue: index), failure, at: $1, into: &$2) }
        case 16:
            if isInvite, successes == 0 { isSettled = true }
            step { $0.cancel(at: $1, into: &$2) }
        case 17:
            // A 2xx once more, or a stray response of a branch that has ended.
            if let ended = branches.indices.filter({ !isOpen($0) }).randomElement(using: &random) {
                respond(branches[ended] == .answered ? 200 : 486, on: ended)
            }
        default:
            guard let due = context.nextTimeout else { return }
            now = max(now, due)
            step { $0.handleTimeout(at: $1, into: &$2) }
        }
    }

    private mutating func respond(_ status: Int, on index: Int) {
        guard let code = StatusCode(rawValue: status) else { return }
        if code.isFinal, isOpen(index) { branches[index] = code.isSuccess ? .answered : .ended }
        if code.isSuccess || status >= 600, branches[index] != .ended || status >= 600 { isSettled = true }
        let response = SIPResponse(status: code)
        step { $0.receive(response, on: ProxyBranchID(rawValue: index), at: $1, into: &$2) }
    }

    private mutating func step(_ body: (inout ProxyContext, MonotonicTime, inout [ProxyContext.Output]) -> Void) {
        var out: [ProxyContext.Output] = []
        body(&context, now, &out)
        for output in out { check(output) }
        if isSettled, isInvite, !context.isTerminated {
            for index in branches.indices where isOpen(index) && !cancelled.contains(index) {
                fault("branch \(index) is open and not cancelled")
            }
        }
        let open = branches.indices.reduce(0) { $0 + (isOpen($1) ? shares[$1] : 0) }
        if open > breadth { fault("breadth \(open) of \(breadth)") }
    }

    private mutating func check(_ output: ProxyContext.Output) {
        if ends > 0 { fault("\(output) after the end") }
        switch output {
        case .forward(let id, let forward):
            if isSettled { fault("branch \(id.rawValue) after the request was settled") }
            if id.rawValue != branches.count { fault("branch \(id.rawValue) out of order") }
            branches.append(.trying)
            shares.append(forward.request.headers.first("Max-Breadth").flatMap { Int($0) } ?? .max / 64)
        case .cancel(let id):
            if !isInvite { fault("CANCEL of a non-INVITE") }
            if !isOpen(id.rawValue) { fault("CANCEL of branch \(id.rawValue), which has ended") }
            if !cancelled.insert(id.rawValue).inserted { fault("branch \(id.rawValue) cancelled twice") }
            // Timer C without a provisional response: nothing is waited for.
            if branches[id.rawValue] == .trying, !isSettled { branches[id.rawValue] = .ended }
        case .relay(let response) where response.status.isSuccess: successes += 1
        case .relay(let response) where response.status.isFinal: failures += 1
        case .relay(let response):
            if !isInvite || response.status == .trying || successes + failures > 0 { fault("\(response.status) up") }
        case .respond: failures += 1
        case .terminated: ends += 1
        }
    }

    private mutating func finish() {
        if ends != 1 { fault("\(ends) ends") }
        if branches.indices.contains(where: { isOpen($0) }) { fault("a branch is left") }
        if context.nextTimeout != nil || context.openBranches != 0 { fault("a timer or a branch is left") }
        if failures > 1 || (failures == 1 && successes > 0) { fault("\(failures) failures, \(successes) 2xx") }
        if isInvite, failures + successes == 0 { fault("no final response") }
        if !isInvite, successes > 1 { fault("\(successes) 2xx to a non-INVITE") }
    }

    private mutating func fault(_ text: String) {
        if faults.count < 5 { faults.append(text) }
    }
}

@Suite("Proxy: random histories")
struct ProxyPropertyTests {
    /// Together 10⁵ histories.
    @Test(
        "One final response or several 2xx, no branch open after a 2xx or 6xx without CANCEL, nothing left",
        arguments: ["INVITE", "MESSAGE"], ["60", "2"]
    )
    func histories(method: String, breadth: String) throws {
        // Neither Record-Route nor loops matter here, and they cost most of the time.
        let configuration = ProxyConfiguration(names: [HostPort(host: "proxy.example.net")])
        let message = SIPRequest(method: SIPMethod(rawValue: method), requestURI: "sip:bob@example.com")
        var request = message
        request.headers.append("Max-Breadth", breadth)
        request.headers.append("Max-Forwards", "70")
        let admitted = try ProxyRequest(request, on: .udp, configuration: configuration, loops: Lab.loops)
        for seed in 0..<25_000 as Range<UInt64> {
            var history = ProxyHistory(admitted, seed: seed, configuration: configuration)
            history.play()
            guard history.faults.isEmpty else {
                Issue.record("\(method), breadth \(breadth), seed \(seed): \(history.faults)")
                return
            }
        }
    }
}
