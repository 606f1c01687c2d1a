import ApplicationServer
import Synchronization

/// The records of the calls that ended last.
public final class CallArchive: CallObserver {
    private struct State {
        var records: [String: CallRecord] = [:]
        /// Call-IDs in the order in which the calls ended; from `oldest` on and around, once it is full.
        var order: [String] = []
        var oldest = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: Records kept; the oldest goes first.
    public init(capacity: Int) {
        self.capacity = capacity
    }

    public func call(_ callID: String, did entry: CallRecord.Entry) {}

    public func callEnded(_ record: CallRecord) {
        guard capacity > 0 else { return }
        state.withLock { state in
            let isKnown = state.records.updateValue(record, forKey: record.callID) != nil
            if isKnown { return }
            guard state.order.count >= capacity else { return state.order.append(record.callID) }
            state.records[state.order[state.oldest]] = nil
            state.order[state.oldest] = record.callID
            state.oldest = state.oldest + 1 < capacity ? state.oldest + 1 : 0
        }
    }

    public func record(of callID: String) -> CallRecord? { state.withLock { $0.records[callID] } }

    public var count: Int { state.withLock { $0.records.count } }
}
