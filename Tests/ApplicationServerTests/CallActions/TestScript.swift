import Media
import Timing

@testable import ApplicationServer

/// A call led by actions, in virtual time.
struct TestScript {
    private(set) var script: ActionScript
    private(set) var now = MonotonicTime.zero
    /// What was wanted, with milliseconds from the beginning.
    private(set) var log: [(at: Int, step: ActionStep)] = []
    /// Number of the last deed, filler not counted, and of the last question.
    private(set) var deed = 0
    private(set) var question = 0

    init(_ actions: [CallAction]) {
        self.init(ActionScript.Policy(), actions)
    }

    init(_ policy: ActionScript.Policy, _ actions: [CallAction]) {
        script = ActionScript(policy, sequence: 0, at: .zero)
        perform { $0.start(actions, at: $1, into: &$2) }
    }

    private mutating func perform(_ body: (inout ActionScript, MonotonicTime, inout [ActionStep]) -> Void) {
        var steps: [ActionStep] = []
        body(&script, now, &steps)
        for step in steps {
            log.append((Int((now - .zero).milliseconds), step))
            switch step {
            case .perform(.play(.filler), _): break
            case .perform(_, let number): deed = number
            case .ask(let event): question = event.sequence
            default: break
            }
        }
    }

    /// Lets time go by up to this instant; what is due on the way happens when it is due.
    mutating func wait(until milliseconds: Int) {
        let end = MonotonicTime.zero + .milliseconds(milliseconds)
        while let deadline = script.nextDeadline, deadline <= end {
            now = max(now, deadline)
            perform { $0.handleDeadlines(at: $1, into: &$2) }
        }
        now = end
    }

    mutating func happens(_ input: ActionInput) {
        perform { $0.handle(input, at: $1, into: &$2) }
        perform { $0.handleDeadlines(at: $1, into: &$2) }
    }

    /// The deed that is under way has come to its end.
    mutating func isDone(_ result: DeedResult = .done) { happens(.done(deed, result)) }

    mutating func isAnswered(_ actions: [CallAction]) {
        happens(.answer(sequence: question, .success(actions)))
    }

    mutating func fails(_ reason: String = "timedOut") {
        happens(.answer(sequence: question, .failure(CallActionSourceFailure(reason))))
    }

    mutating func presses(_ keys: String) { for key in keys { happens(.media(.digit(key))) } }

    // MARK: What was wanted

    var last: ActionStep? { log.last?.step }

    var events: [CallActionEvent] {
        log.compactMap { if case .ask(let event) = $0.step { event } else { nil } }
    }

    func times(of step: ActionStep) -> [Int] { log.filter { $0.step == step }.map(\.at) }

    var fillerTimes: [Int] {
        log.compactMap { if case .perform(.play(.filler), _) = $0.step { $0.at } else { nil } }
    }
}

extension Deed {
    static func playing(_ name: String) -> Deed { .play(.prompt(.file(name))) }
}
