import NIOCore
import Timing

/// Wakes a conversation at its next deadline. A deadline that moves away is left to fire, so that most events of a call
/// touch no timer.
struct Alarm {
    private let eventLoop: any EventLoop
    private let ring: @Sendable () -> Void
    private var pending: (due: MonotonicTime, task: Scheduled<Void>)?

    init(_ eventLoop: any EventLoop, _ ring: @escaping @Sendable () -> Void) {
        self.eventLoop = eventLoop
        self.ring = ring
    }

    mutating func hasFired() { pending = nil }

    mutating func set(to deadline: MonotonicTime?, at now: MonotonicTime) {
        guard let deadline else {
            pending?.task.cancel()
            pending = nil
            return
        }
        if let pending {
            guard deadline < pending.due else { return }
            pending.task.cancel()
        }
        let ring = ring
        let delay = min(max(deadline - now, .zero), .seconds(86_400))
        pending = (now + delay, eventLoop.scheduleTask(in: TimeAmount(delay)) { ring() })
    }
}
