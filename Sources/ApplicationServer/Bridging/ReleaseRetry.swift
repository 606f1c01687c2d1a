import NIOCore

/// When a call whose audio we pass on is tried to be released again.
struct ReleaseRetry: Sendable {
    /// Until the first time; twice as long until each one after it.
    let interval: Duration
    let offer: TransferPlan.Offer
    /// Tries so far.
    private(set) var count = 0
    private var due: Scheduled<Void>?

    static let maximumCount = 5

    init(every interval: Duration, by offer: TransferPlan.Offer) {
        self.interval = interval
        self.offer = offer
    }

    /// Sets the timer of the next time, if there is to be one.
    ///
    /// - Parameter soon: After one interval, however often it was tried.
    mutating func schedule(soon: Bool, on eventLoop: any EventLoop, _ body: @escaping @Sendable () -> Void) {
        due?.cancel()
        due = nil
        guard count < Self.maximumCount else { return }
        due = eventLoop.scheduleTask(in: TimeAmount(soon ? interval : interval * (1 << count)), body)
    }

    /// Counts a try.
    mutating func tried() { count += 1 }

    func cancel() { due?.cancel() }
}
