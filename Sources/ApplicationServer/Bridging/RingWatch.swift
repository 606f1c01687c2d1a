import NIOCore
import SIPTransport

/// Watches that a leg which we call rings neither in silence nor for ever. Lives on the event loop of its stack.
actor RingWatch {
    nonisolated var unownedExecutor: UnownedSerialExecutor { leg.stack.unownedExecutor }

    private nonisolated let leg: SIPLeg
    private let server: SIPApplicationServer
    private let ringTime: TimeAmount
    private let silenceTime: TimeAmount
    private var hasHeard = false
    private var isDone = false
    /// It rang for too long and was cancelled.
    private(set) var hasGivenUp = false
    private var due: Scheduled<Void>?

    /// - Parameter ringTime: `nil`: that of the server.
    init(over leg: SIPLeg, _ server: SIPApplicationServer, for ringTime: Duration? = nil) {
        self.leg = leg
        self.server = server
        self.ringTime = TimeAmount(ringTime ?? server.configuration.ringTime)
        silenceTime = TimeAmount(server.configuration.silenceTime)
    }

    /// Abandons the leg if nothing is heard for the time of silence, and cancels it when it has rung for too long,
    /// counted from now.
    func start() { wait(min(silenceTime, ringTime)) { $0.silenceIsOver() } }

    /// The other side has sent something.
    func heard() { hasHeard = true }

    /// The leg has its final response.
    func finish() {
        isDone = true
        due?.cancel()
        due = nil
    }

    private func silenceIsOver() {
        guard hasHeard else {
            server.spawn { [leg] in await leg.abandon() }
            return
        }
        wait(max(ringTime - silenceTime, .zero)) { $0.ringingIsOver() }
    }

    private func ringingIsOver() {
        hasGivenUp = true
        server.spawn { [leg] in await leg.cancel() }
    }

    private func wait(_ time: TimeAmount, then body: @escaping @Sendable (isolated RingWatch) -> Void) {
        guard !isDone else { return }
        due = leg.stack.eventLoop.scheduleTask(in: time) { self.assumeIsolated(body) }
    }
}
