import Foundation

/// A `sidetone bench peer` that this process has started; it ends with ``stop()``, or with this process.
final class PeerProcess {
    let enginePort: Int
    let binaryEnginePort: Int
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var read = Data()

    init(packetTime: Int) throws {
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["bench", "peer", "--packet-time", "\(packetTime)"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var read = Data()
        let line = try Self.line(from: output, &read)
        let ports = line.split(separator: " ").dropFirst().compactMap { Int($0) }
        guard line.hasPrefix("engine "), ports.count == 2 else {
            throw PeerError("the far side said \"\(line)\"")
        }
        enginePort = ports[0]
        binaryEnginePort = ports[1]
        self.read = read
    }

    /// Begins to speak.
    func start(_ streams: [(local: UInt16, remote: UInt16)], codec: String) throws {
        let lines = streams.map { "\($0.local) \($0.remote) \(codec)\n" }.joined() + "go\n"
        try input.fileHandleForWriting.write(contentsOf: Data(lines.utf8))
        let line = try Self.line(from: output, &read)
        guard line == "started" else { throw PeerError("the far side said \"\(line)\"") }
    }

    func mark() throws { try input.fileHandleForWriting.write(contentsOf: Data("mark\n".utf8)) }

    func stop() throws -> RTPLoad.Figures {
        try input.fileHandleForWriting.write(contentsOf: Data("stop\n".utf8))
        let line = try Self.line(from: output, &read)
        process.waitUntilExit()
        return try JSONDecoder().decode(RTPLoad.Figures.self, from: Data(line.utf8))
    }

    private static func line(from pipe: Pipe, _ read: inout Data) throws -> String {
        while true {
            if let end = read.firstIndex(of: UInt8(ascii: "\n")) {
                defer { read.removeSubrange(...end) }
                return String(decoding: read[..<end], as: UTF8.self)
            }
            let more = pipe.fileHandleForReading.availableData
            guard !more.isEmpty else { throw PeerError("the far side has ended") }
            read += more
        }
    }
}
