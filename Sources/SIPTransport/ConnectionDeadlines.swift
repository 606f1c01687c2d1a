import NIOCore

/// By when connections must have brought what is due from them: one whose time is over is closed. Belongs to the event
/// loop of the connections.
///
/// All deadlines of a kind allow the same time, so they end in the order in which they began: a queue and one timer for
/// each kind serve any number of connections. A timer for each would be looked for among those of all others whenever
/// something has come in time.
// Sendable: the state is used on the event loop only.
final class ConnectionDeadlines: @unchecked Sendable {
    /// What is due.
    enum Kind: Int {
        /// A first message, since the connection was opened.
        case firstMessage
        /// The end of a header section, since its first octet.
        case headerSection
        /// The end of a body, since that of its header section.
        case body
    }

    /// That of one connection.
    final class Deadline {
        fileprivate let kind: Kind
        fileprivate let time: NIODeadline
        /// `nil` once it was met or missed.
        fileprivate var channel: (any Channel)?

        fileprivate init(_ kind: Kind, _ time: NIODeadline, _ channel: any Channel) {
            self.kind = kind
            self.time = time
            self.channel = channel
        }
    }

    private struct Queue {
        /// How long its deadlines are.
        let time: TimeAmount
        var deadlines = CircularBuffer<Deadline>()
        /// Those among them that were met.
        var met = 0
        var hasTimer = false

        init(_ time: Duration) {
            self.time = TimeAmount(time)
        }
    }

    private let eventLoop: any EventLoop
    private let counters: SharedCounters
    /// In the order of the raw values of ``Kind``.
    private var queues: [Queue]

    /// Deadlines that were met may wait for their time as long as they are no more than this, or than the others.
    private static let longestMet = 32

    init(on eventLoop: any EventLoop, _ configuration: SIPStackConfiguration, _ counters: SharedCounters) {
        self.eventLoop = eventLoop
        self.counters = counters
        let (first, headerSection) = (configuration.firstMessageTime, configuration.messageTime)
        queues = [Queue(first), Queue(headerSection), Queue(configuration.bodyTime)]
    }

    /// How many are kept, met or not.
    var count: Int { queues.reduce(0) { $0 + $1.deadlines.count } }

    func begin(_ kind: Kind, for channel: any Channel) -> Deadline {
        eventLoop.assertInEventLoop()
        let place = kind.rawValue
        let deadline = Deadline(kind, eventLoop.now + queues[place].time, channel)
        queues[place].deadlines.append(deadline)
        startTimer(of: kind)
        return deadline
    }

    /// What was due has come, or the connection has gone; leaves `nil`. May be told after the time is over.
    func end(_ ended: inout Deadline?) {
        eventLoop.assertInEventLoop()
        guard let deadline = ended else { return }
        ended = nil
        guard deadline.channel != nil else { return }
        deadline.channel = nil
        let place = deadline.kind.rawValue
        queues[place].met += 1
        let met = queues[place].met
        guard met > Self.longestMet, met > queues[place].deadlines.count / 2 else { return }
        queues[place].deadlines.removeAll { $0.channel == nil }
        queues[place].met = 0
    }

    private func startTimer(of kind: Kind) {
        let place = kind.rawValue
        guard !queues[place].hasTimer, let first = queues[place].deadlines.first else { return }
        queues[place].hasTimer = true
        eventLoop.scheduleTask(deadline: first.time) {
            self.queues[place].hasTimer = false
            self.closeMissed(of: kind)
            self.startTimer(of: kind)
        }
    }

    private func closeMissed(of kind: Kind) {
        let place = kind.rawValue
        let now = eventLoop.now
        while let first = queues[place].deadlines.first, first.channel == nil || first.time <= now {
            queues[place].deadlines.removeFirst()
            if let channel = first.channel {
                // Before the channel tells that it has closed.
                first.channel = nil
                counters.add(\.connectionsTimedOut)
                channel.close(promise: nil)
            } else {
                queues[place].met -= 1
            }
        }
    }
}
