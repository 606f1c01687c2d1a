import Foundation
import Synchronization

/// Loopback addresses that no other test uses, and no other run on this machine.
struct Addresses: Sendable {
    let server: String
    let caller: String
    let pbx: String
    let engine: String

    private static let last = Mutex(0)

    init() {
        let number = Self.last.withLock { last in
            last += 1
            return last
        }
        let run = 16 + Int(ProcessInfo.processInfo.processIdentifier) % 200
        // Sixty sets of four in each network of 256.
        let (network, first) = (number / 60, number % 60 * 4)
        let address = { (place: Int) in "127.\(run).\(network).\(first + place)" }
        server = address(1)
        caller = address(2)
        pbx = address(3)
        engine = address(4)
    }

    static let sipPort = 5_060
    static let pbxPort = 5_070

    var all: [String] { [server, caller, pbx, engine] }
}

/// Asks until `condition` holds.
///
/// - Returns: Whether it did before `limit` was over.
func eventually(within limit: Duration = .seconds(30), _ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + limit
    while true {
        if try await condition() { return true }
        if ContinuousClock.now >= deadline { return false }
        try? await Task.sleep(for: .milliseconds(5))
    }
}
