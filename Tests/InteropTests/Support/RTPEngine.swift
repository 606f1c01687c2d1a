import Foundation
import RawPeers
import Synchronization
import Testing

/// The media proxy rtpengine, without its kernel module, driven over its control protocol "ng".
final class RTPEngine: Sendable {
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    static let executable = ChildProcess.find("rtpengine")
    static var isInstalled: Bool { executable != nil }

    private static let controlPort = 2_223

    private let folder: TemporaryFolder
    private let process: ChildProcess
    private let control: RawPeer
    private let questions = Mutex(0)

    /// Starts it at `address`, for media as well, and returns when it answers.
    init(at address: String) async throws {
        folder = try TemporaryFolder()
        process = try ChildProcess(
            Self.executable ?? "rtpengine",
            [
                "--config-file=none", "--foreground", "--log-stderr", "--log-level=4", "--table=-1",
                "--interface=\(address)", "--listen-ng=\(address):\(Self.controlPort)", "--num-threads=2",
                "--port-min=30000", "--port-max=30999",
            ],
            directory: folder.path,
            output: "\(folder.path)/output"
        )
        let process = process
        let isReady = await eventually {
            KernelSockets.isBound(.udp, address, Self.controlPort) || !process.isRunning
        }
        guard isReady, process.isRunning else {
            process.terminate()
            throw ChildProcess.SpawnError(executable: "rtpengine", reason: folder.text("output"))
        }
        do {
            control = try await RawPeer.udp(from: address, to: address, UInt16(Self.controlPort))
        } catch {
            process.terminate()
            throw error
        }
    }

    deinit { process.terminate() }

    func stop() async { await control.close() }

    /// The caller's description as the callee is to see it.
    ///
    /// - Parameters:
    ///   - strip: The codec that the caller offers and the callee does not get.
    ///   - transcode: The codec that the callee is offered in its place.
    func offer(_ description: [UInt8], call: String, strip: String, transcode: String) async throws -> [UInt8] {
        try await ask([
            "command": .text("offer"), "call-id": .text(call), "from-tag": .text("caller"),
            "sdp": .text(String(decoding: description, as: UTF8.self)), "ICE": .text("remove"),
            "codec": .dictionary(["mask": .list([.text(strip)]), "transcode": .list([.text(transcode)])]),
        ])
    }

    /// The callee's description as the caller is to see it.
    func answer(_ description: [UInt8], call: String) async throws -> [UInt8] {
        try await ask([
            "command": .text("answer"), "call-id": .text(call), "from-tag": .text("caller"),
            "to-tag": .text("callee"), "sdp": .text(String(decoding: description, as: UTF8.self)),
            "ICE": .text("remove"),
        ])
    }

    private func ask(_ fields: [String: Bencode]) async throws -> [UInt8] {
        let cookie = questions.withLock { number in
            number += 1
            return "question\(number)"
        }
        try await control.send(Array("\(cookie) ".utf8) + Bencode.dictionary(fields).encoded)
        var reply: Bencode?
        _ = await eventually {
            guard let start = control.text.range(of: "\(cookie) ") else { return false }
            var bytes = Array(control.text[start.upperBound...].utf8)[...]
            reply = Bencode(taking: &bytes)
            return reply != nil
        }
        guard let reply, reply["result"] == "ok", let description = reply["sdp"] else {
            throw Refusal(
                description: "\(reply.map { "\($0)" } ?? "no answer"): \(folder.text("output").suffix(2_000))")
        }
        return Array(description.utf8)
    }
}
