/// Whose turn it is, from what the media plane hears: lets a script speak when the other side has finished.
actor SpeechCues {
    private var hasSpoken = false
    private var isSilent = false
    private var isPlaying = false
    private var isClosed = false
    private var turnWaiter: CheckedContinuation<Bool, Never>?
    private var playbackWaiter: CheckedContinuation<Void, Never>?

    func peerSpeaks() {
        hasSpoken = true
        isSilent = false
    }

    func peerIsSilent() {
        isSilent = true
        wake()
    }

    /// Call before a file is handed to the plane.
    func playbackStarts() { isPlaying = true }

    func playbackFinished() {
        isPlaying = false
        playbackWaiter?.resume()
        playbackWaiter = nil
    }

    /// No more events come: nobody has to wait.
    func close() {
        isClosed = true
        turnWaiter?.resume(returning: false)
        turnWaiter = nil
        playbackWaiter?.resume()
        playbackWaiter = nil
    }

    /// Returns when the peer has spoken since our last turn and is silent now.
    ///
    /// - Returns: `false` when the call is over.
    func waitForTurn() async -> Bool {
        if isClosed { return false }
        if hasSpoken, isSilent {
            hasSpoken = false
            return true
        }
        return await withCheckedContinuation { turnWaiter = $0 }
    }

    func waitForPlayback() async {
        guard isPlaying, !isClosed else { return }
        await withCheckedContinuation { playbackWaiter = $0 }
    }

    private func wake() {
        guard hasSpoken, isSilent, let waiter = turnWaiter else { return }
        turnWaiter = nil
        hasSpoken = false
        waiter.resume(returning: true)
    }
}
