import ApplicationServer
import Foundation
import NIOCore
import Synchronization

/// Prints what all parties of a demonstration call do, on one clock.
final class DemoPrinter: CallObserver {
    private struct State {
        var start = NIODeadline.now()
        var isTransferred = false
    }

    private let state = Mutex(State())
    private let records: AsyncStream<CallRecord>
    private let continuation: AsyncStream<CallRecord>.Continuation

    init() { (records, continuation) = AsyncStream.makeStream() }

    /// Starts the clock of the next call.
    func begin() { state.withLock { $0 = State() } }

    func line(_ party: String, _ text: String) {
        let elapsed = state.withLock { (NIODeadline.now() - $0.start).nanoseconds / 1_000_000 }
        let name = party.padding(toLength: 7, withPad: " ", startingAt: 0)
        Output.line(String(format: "%7d ms  ", Int(elapsed)) + name + " " + text)
    }

    /// The record of the call that the caller has ended: the server's part of it may take a moment longer.
    ///
    /// - Returns: `nil` if there is none after five seconds.
    func record() async -> CallRecord? {
        await withTaskGroup(of: CallRecord?.self) { group in
            group.addTask { [records] in await records.first { _ in true } }
            group.addTask {
                try? await Task.sleep(for: .seconds(5))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// Whether the call has left the server's media path.
    var isTransferred: Bool { state.withLock { $0.isTransferred } }

    func call(_ callID: String, did entry: CallRecord.Entry) {
        if entry.event == "transferred" { state.withLock { $0.isTransferred = true } }
        line("AS", entry.detail.isEmpty ? entry.event : "\(entry.event): \(entry.detail)")
    }

    func callEnded(_ record: CallRecord) { continuation.yield(record) }
}
