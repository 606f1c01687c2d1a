import Foundation

/// What the kernel says of IPv4 sockets, for waiting on other processes and for finding leaks.
enum KernelSockets {
    struct Row {
        var local: Substring
        var remote: Substring
        var isListening: Bool
        var inode: Substring
    }

    /// Whether somebody takes datagrams, or connections, at this address.
    static func isBound(_ transport: SIPp.Transport, _ address: String, _ port: Int) -> Bool {
        let wanted = "\(kernelSpelling(address)):" + String(format: "%04X", port)
        return rows(transport == .udp ? "udp" : "tcp").contains { row in
            row.local == wanted && (transport == .udp || row.isListening)
        }
    }

    /// The sockets of this process with one of `addresses` at either end, as `protocol local remote`.
    static func ofThisProcess(at addresses: [String]) -> [String] {
        let wanted = Set(addresses.map(kernelSpelling))
        let inodes = inodesOfThisProcess()
        return ["udp", "tcp"].flatMap { name in
            rows(name).filter { row in
                inodes.contains(String(row.inode))
                    && (wanted.contains(String(row.local.prefix(8))) || wanted.contains(String(row.remote.prefix(8))))
            }
            .map { "\(name) \($0.local) \($0.remote)" }
        }
    }

    /// File descriptors that this process has open.
    static var descriptorCount: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }

    private static func rows(_ name: String) -> [Row] {
        guard let text = try? String(contentsOfFile: "/proc/net/\(name)", encoding: .utf8) else { return [] }
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9 else { return nil }
            return Row(local: fields[1], remote: fields[2], isListening: fields[3] == "0A", inode: fields[9])
        }
    }

    /// What the file descriptors of this process stand for.
    static var openPaths: [String] {
        let folder = "/proc/self/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") }
    }

    private static func inodesOfThisProcess() -> Set<String> {
        Set(openPaths.filter { $0.hasPrefix("socket:[") }.map { String($0.dropFirst(8).dropLast()) })
    }

    /// `127.0.6.1` as `0106007F`.
    private static func kernelSpelling(_ address: String) -> String {
        address.split(separator: ".").reversed().map { String(format: "%02X", Int($0) ?? 0) }.joined()
    }
}
