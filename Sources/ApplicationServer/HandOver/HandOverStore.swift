import NIOCore
import Synchronization

/// The latest ``HandOver``s as JSON, by the Call-ID of the caller's leg, for the desktops of those who took the calls.
///
/// Bounded in number, octets and time: what is oldest goes first.
public final class HandOverStore: Sendable {
    public struct Limits: Sendable, Hashable {
        public var records: Int
        /// Of all records together.
        public var octets: Int
        /// How long a record is kept.
        public var retention: Duration

        public init(records: Int = 10_000, octets: Int = 64 * 1_048_576, retention: Duration = .seconds(3_600)) {
            self.records = records
            self.octets = octets
            self.retention = retention
        }
    }

    private struct Record {
        let json: [UInt8]
        /// Tells a record from an older one of the same Call-ID.
        let number: UInt64
    }

    private struct Entry {
        let callID: String
        let number: UInt64
        let expiry: NIODeadline
    }

    private struct State {
        var records: [String: Record] = [:]
        /// Oldest first, from ``head`` on; some may name records that were replaced.
        var entries: [Entry] = []
        var head = 0
        var octets = 0
        var lastNumber: UInt64 = 0
    }

    public let limits: Limits
    private let state = Mutex(State())

    public init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Keeps a record; one of the same Call-ID makes way.
    ///
    /// - Returns: `false` for a record that is larger than all of them may be together: it is not kept.
    @discardableResult
    public func store(_ json: [UInt8], callID: String, at now: NIODeadline = .now()) -> Bool {
        guard json.count <= limits.octets, limits.records > 0 else { return false }
        state.withLock { state in
            state.lastNumber += 1
            let record = Record(json: json, number: state.lastNumber)
            if let replaced = state.records.updateValue(record, forKey: callID) { state.octets -= replaced.json.count }
            state.octets += json.count
            state.entries.append(
                Entry(callID: callID, number: record.number, expiry: now + TimeAmount(limits.retention)))
            purge(&state, at: now)
        }
        return true
    }

    /// The JSON of the call that has this Call-ID; `nil` if there is none any more.
    public func json(callID: String, at now: NIODeadline = .now()) -> [UInt8]? {
        state.withLock { state in
            purge(&state, at: now)
            return state.records[callID]?.json
        }
    }

    public var count: Int { state.withLock { $0.records.count } }

    private func purge(_ state: inout State, at now: NIODeadline) {
        while state.head < state.entries.count {
            let entry = state.entries[state.head]
            let isCurrent = state.records[entry.callID]?.number == entry.number
            let isOver = state.records.count > limits.records || state.octets > limits.octets || entry.expiry <= now
            guard isOver || !isCurrent else { break }
            if isCurrent, let removed = state.records.removeValue(forKey: entry.callID) {
                state.octets -= removed.json.count
            }
            state.head += 1
        }
        // Done when they are more than half, so that it costs each entry a constant share.
        guard state.entries.count > 2 * state.records.count + 64 else { return }
        state.entries = state.entries[state.head...].filter { state.records[$0.callID]?.number == $0.number }
        state.head = 0
    }
}
