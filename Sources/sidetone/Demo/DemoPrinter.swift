import ApplicationServer
import Foundation
import NIOCore
import Synchronization

/// Prints what all parties of a demonstration call do, on one clock.
final class DemoPrinter: CallObserver {
    private struct State {
        var start = NIODeadline.now()
        var decision: Double?
        var firstAudio: [Double] = []
        var isTransferred = false
    }

    private let state = Mutex(State())

    /// Starts the clock of the next call.
    func begin() { state.withLock { $0 = State() } }

    func line(_ party: String, _ text: String) {
        let elapsed = state.withLock { (NIODeadline.now() - $0.start).nanoseconds / 1_000_000 }
        let name = party.padding(toLength: 7, withPad: " ", startingAt: 0)
        Output.line(String(format: "%7d ms  ", Int(elapsed)) + name + " " + text)
    }

    var decisionMilliseconds: Double? { state.withLock { $0.decision } }
    var turnDelays: [Double] { state.withLock { $0.firstAudio } }
    /// Whether the call has left the server's media path.
    var isTransferred: Bool { state.withLock { $0.isTransferred } }

    func call(_ callID: String, did entry: CallRecord.Entry) {
        if entry.event == "transferred" { state.withLock { $0.isTransferred = true } }
        line("AS", entry.detail.isEmpty ? entry.event : "\(entry.event): \(entry.detail)")
    }

    func callEnded(_ record: CallRecord) {
        state.withLock {
            $0.decision = record.decisionMilliseconds
            $0.firstAudio = record.turnDelays
        }
    }
}
