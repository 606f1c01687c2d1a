import NIOCore
import SIP
import Synchronization

/// What connections bring, on its way to the event loop of signalling: one wake-up there serves all that waits.
///
/// Bounded: beyond, the connections are not read until some of it has been handled.
final class MessageHandover: Sendable {
    /// What one read brought.
    struct Item: Sendable {
        enum Content: Sendable {
            case messages([SIPMessage])
            /// The stream cannot be cut any more; these octets are at fault. Nothing comes after it.
            case fault([UInt8], SIPParseError)
        }

        let content: Content
        let source: SIPSource
        let channel: any Channel
        let arrival: NIODeadline
    }

    struct Outcome: Sendable {
        /// Nobody knows of what waits: ``next()`` is to be called on the event loop of signalling.
        let isFirst: Bool
        /// The channel must not be read until it is resumed.
        let isFull: Bool
    }

    fileprivate struct State {
        var items: [Item] = []
        var first = 0
        var isScheduled = false
        /// Channels that are not read.
        var paused: [any Channel] = []

        var count: Int { items.count - first }
    }

    /// Items that may wait before channels are paused; half of them when they are resumed.
    static let limit = 256

    private let state = Mutex(State())

    func append(_ item: Item) -> Outcome {
        state.withLock { state in
            state.items.append(item)
            let isFull = state.count >= Self.limit
            if isFull { state.paused.append(item.channel) }
            defer { state.isScheduled = true }
            return Outcome(isFirst: !state.isScheduled, isFull: isFull)
        }
    }

    /// - Returns: What to handle next, `nil` if nothing waits, and channels to be read again.
    func next() -> (item: Item?, resumed: [any Channel]) {
        state.withLock { state in
            guard state.count > 0 else {
                state.items.removeAll(keepingCapacity: true)
                state.first = 0
                state.isScheduled = false
                return (nil, state.takePaused())
            }
            let item = state.items[state.first]
            state.first += 1
            if state.first >= Self.limit {
                state.items.removeFirst(state.first)
                state.first = 0
            }
            return (item, state.count < Self.limit / 2 ? state.takePaused() : [])
        }
    }
}

extension MessageHandover.State {
    fileprivate mutating func takePaused() -> [any Channel] {
        guard !paused.isEmpty else { return [] }
        defer { paused = [] }
        return paused
    }
}
