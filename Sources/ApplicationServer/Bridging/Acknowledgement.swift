/// Whether the caller has acknowledged our 200, and who waits for that.
struct Acknowledgement {
    private var isOver = false
    private var hasArrived = false
    private var waiting: CheckedContinuation<Bool, Never>?

    mutating func arrived() { settle(hasArrived: true) }

    /// No ACK comes any more.
    mutating func finish() { settle(hasArrived: hasArrived) }

    /// - Returns: Whether it is known; otherwise `continuation` gets it later.
    mutating func wait(_ continuation: CheckedContinuation<Bool, Never>) {
        if isOver { continuation.resume(returning: hasArrived) } else { waiting = continuation }
    }

    private mutating func settle(hasArrived: Bool) {
        self.hasArrived = hasArrived
        isOver = true
        waiting?.resume(returning: hasArrived)
        waiting = nil
    }
}
