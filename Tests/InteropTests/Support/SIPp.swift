import Foundation
import Testing

/// One call of a SIPp scenario.
final class SIPp: Sendable {
    enum Transport: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case udp, tcp

        var option: String { self == .udp ? "u1" : "t1" }
        var testDescription: String { rawValue.uppercased() }
    }

    static let executable = ChildProcess.find("sipp")
    static var isInstalled: Bool { executable != nil }

    private let name: String
    private let folder: TemporaryFolder
    private let process: ChildProcess

    /// Starts a scenario at `address`:`port`.
    ///
    /// - Parameters:
    ///   - media: The address of its media, if that is another one.
    ///   - target: Where a calling scenario sends to, and the AS of an answering one.
    ///   - pause: Length of the pauses of the scenario.
    ///   - echoes: Whether it returns the RTP that it gets.
    ///   - script: The scenario, if it is none of the files.
    init(
        _ scenario: String,
        script: Scenario? = nil,
        at address: String,
        port: Int = Addresses.sipPort,
        media: String? = nil,
        target: String,
        transport: Transport,
        pause: Duration = .milliseconds(200),
        user: String = "bob",
        keys: [String: String] = [:],
        echoes: Bool = false,
        calls: Int = 1
    ) throws {
        name = scenario
        folder = try TemporaryFolder()
        var file = "\(PackageFolder.scenarios)/\(scenario).xml"
        if let script {
            file = "\(folder.path)/scenario.xml"
            try Data(script.xml.utf8).write(to: URL(fileURLWithPath: file))
        }
        let milliseconds = pause.components.seconds * 1_000 + pause.components.attoseconds / 1_000_000_000_000_000
        var arguments = [
            target, "-i", address, "-p", "\(port)", "-mi", media ?? address, "-t", transport.option, "-m", "\(calls)",
            "-d", "\(milliseconds)", "-s", user, "-sf", file,
            "-nostdin", "-timeout", "60s", "-timeout_error",
            "-trace_msg", "-message_file", "messages", "-trace_err", "-error_file", "errors",
        ]
        // The time-out of the whole scenario does not end a call that waits.
        if script != nil { arguments += ["-recv_timeout", "45000"] }
        if echoes { arguments.append("-rtp_echo") }
        for (key, value) in keys { arguments += ["-key", key, value] }
        process = try ChildProcess(
            Self.executable ?? "sipp",
            arguments,
            directory: folder.path,
            output: "\(folder.path)/screen"
        )
    }

    deinit { process.terminate() }

    /// Waits for the end and checks that the call went as the scenario says.
    func expectSuccess(sourceLocation: SourceLocation = #_sourceLocation) async {
        let status = await process.exitStatus()
        #expect(
            status == 0,
            "\(name): \(folder.text("errors").prefix(600)) \(status == 0 ? "" : messages)",
            sourceLocation: sourceLocation
        )
    }

    var isRunning: Bool { process.isRunning }

    /// Everything sent and received so far.
    var messages: String { folder.text("messages").replacing("\r\n", with: "\n") }

    /// The messages received so far, as text with LF.
    var received: [String] { Self.split(messages, after: "message received") }
    var sent: [String] { Self.split(messages, after: "message sent") }

    func firstReceived(_ start: String) -> String? { received.first { $0.hasPrefix(start) } }

    private static func split(_ log: String, after mark: String) -> [String] {
        let line = "-----------------------------------------------"
        return log.components(separatedBy: line).dropFirst().compactMap { block in
            guard let end = block.range(of: ":\n\n"), block[..<end.lowerBound].contains(mark) else { return nil }
            return String(block[end.upperBound...])
        }
    }
}
