import Foundation

/// The loopback address of IPv6 is one: ports keep the runs apart.
enum IPv6 {
    static let loopback = "::1"
    private static let base = 20_000 + Int(ProcessInfo.processInfo.processIdentifier) % 5_000 * 2
    static let serverPort = base
    static let callerPort = base + 1

    /// Whether the loopback interface has it.
    static var isAvailable: Bool {
        let text = (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").contains { $0.hasPrefix("00000000000000000000000000000001 ") }
    }
}
