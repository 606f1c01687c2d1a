import NIOCore

/// CRLF keep-alive of a connection that we have opened (RFC 5626 §4.4.1): a double CRLF now and then, which the peer
/// answers with a single one. Belongs to the event loop of its channel.
final class KeepAlive {
    struct Settings: Sendable {
        /// Longest time between a pong and the next ping.
        var interval: TimeAmount
        /// How long a pong may take; 10 s in §4.4.1.
        var pongTime: TimeAmount
    }

    private let settings: Settings
    /// Tells that the peer has not answered in time; the channel is closed.
    private let lost: @Sendable () -> Void
    private var ping: Scheduled<Void>?
    private var pong: Scheduled<Void>?

    init(_ settings: Settings, lost: @escaping @Sendable () -> Void) {
        self.settings = settings
        self.lost = lost
    }

    /// Sends the next ping between 80 and 100 per cent of the interval from now (§4.4.1), so that many connections do
    /// not ask at once.
    func start(on channel: any Channel) {
        stop()
        let delay = settings.interval.nanoseconds / 100 * Int64.random(in: 80...100)
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        ping = channel.eventLoop.scheduleTask(in: .nanoseconds(delay)) {
            channel.writeAndFlush(ByteBuffer(string: "\r\n\r\n"), promise: nil)
            bound.value.expectPong(on: channel)
        }
    }

    private func expectPong(on channel: any Channel) {
        let lost = lost
        pong = channel.eventLoop.scheduleTask(in: settings.pongTime) {
            lost()
            channel.close(promise: nil)
        }
    }

    /// The peer is there.
    ///
    /// - Returns: `false` for a pong that nobody asked for, which counts for nothing.
    func receivedPong(on channel: any Channel) -> Bool {
        guard pong != nil else { return false }
        start(on: channel)
        return true
    }

    func stop() {
        ping?.cancel()
        ping = nil
        pong?.cancel()
        pong = nil
    }
}
