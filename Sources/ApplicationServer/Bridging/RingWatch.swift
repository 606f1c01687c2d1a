import NIOCore
import SIPTransport

/// Watches that a leg which we call rings neither in silence nor for ever. Lives on the event loop of its stack.
actor RingWatch: NIOScheduledCallbackHandler {
    nonisolated var unownedExecutor: UnownedSerialExecutor { leg.stack.unownedExecutor }

    private nonisolated let leg: SIPLeg
    private let server: SIPApplicationServer
    private let ringTime: TimeAmount
    private let silenceTime: TimeAmount
    private var hasHeard = false
    /// The time of silence is over, and it may ring for the rest.
    private var mayRing = false
    private var isDone = false
    /// It rang for too long and was cancelled.
    private(set) var hasGivenUp = false
    private var due: NIOScheduledCallback?

    /// - Parameter ringTime: `nil`: that of the server.
    init(over leg: SIPLeg, _ server: SIPApplicationServer, for ringTime: Duration? = nil) {
        self.leg = leg
        self.server = server
        self.ringTime = TimeAmount(ringTime ?? server.configuration.ringTime)
        silenceTime = TimeAmount(server.configuration.silenceTime)
    }

    /// Abandons the leg if nothing is heard for the time of silence, and cancels it when it has rung for too long,
    /// counted from now.
    func start() { wait(min(silenceTime, ringTime)) }

    /// The other side has sent something.
    func heard() { hasHeard = true }

    /// The leg has its final response.
    func finish() {
        isDone = true
        due?.cancel()
        due = nil
    }

    nonisolated func handleScheduledCallback(eventLoop: some EventLoop) {
        assumeIsolated { $0.timeIsOver() }
    }

    private func timeIsOver() {
        if mayRing {
            hasGivenUp = true
            server.spawn { [leg] in await leg.cancel() }
        } else if hasHeard {
            mayRing = true
            wait(max(ringTime - silenceTime, .zero))
        } else {
            server.spawn { [leg] in await leg.abandon() }
        }
    }

    private func wait(_ time: TimeAmount) {
        guard !isDone else { return }
        do {
            due = try leg.stack.eventLoop.scheduleCallback(in: time, handler: self)
        } catch {
            // The event loop has been shut down, and every call with it.
            due = nil
        }
    }
}
