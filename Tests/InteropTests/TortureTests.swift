import Foundation
import RawPeers
import SIP
import SIPTransport
import Testing
import TortureMessages

extension Interoperation {
    /// Torture messages on their way through sockets, transactions and the application server.
    @Suite("Torture messages over UDP and TCP")
    struct TortureTests {
        private static let absent: Comment = "the published messages are not beside the package: ../shared/conformance"

        @Test("Our own")
        func own() async throws { try await Self.check(TortureCorpus.own) }

        @Test("RFC 4475", .enabled(if: !TortureCorpus.rfc4475.isEmpty, absent))
        func rfc4475() async throws { try await Self.check(TortureCorpus.rfc4475) }

        @Test("RFC 5118", .enabled(if: !TortureCorpus.rfc5118.isEmpty, absent))
        func rfc5118() async throws { try await Self.check(TortureCorpus.rfc5118) }

        /// Sends each message by UDP and on a TCP connection of its own, and an OPTIONS behind it, whose answer says
        /// that the message has been dealt with. Two servers, or one would take the second for a retransmission.
        private static func check(_ messages: [TortureMessage]) async throws {
            let watcher = Addresses()
            let capture = try await RawPeer.udp(from: watcher.server, to: watcher.caller, 9)
            let capturePort = await capture.port
            let change = AnsweringLab.Change {
                $0.stack.capture = CaptureSettings(host: watcher.server, port: capturePort)
            }
            try await AnsweringLab.run(configure: change) { lab in
                for (number, message) in messages.enumerated() { await checkDatagram(message, number, lab, capture) }
            }
            try await AnsweringLab.run { lab in
                for (number, message) in messages.enumerated() { await checkStream(message, number, lab) }
            }
            await capture.close()
        }

        // MARK: UDP

        /// What is sent back, to whatever address, is read from the copies that the server makes of it.
        private static func checkDatagram(
            _ message: TortureMessage, _ number: Int, _ lab: AnsweringLab, _ capture: RawPeer
        ) async {
            do {
                let (bytes, mark) = message.marked(number)
                let seen = capture.text.utf8.count
                let peer = try await RawPeer.udp(from: lab.addresses.caller, to: lab.addresses.server, sipPort)
                try await peer.send(bytes)
                try await expectAlive(lab)
                let isResponse = message.bytes.starts(with: "SIP/".utf8)
                var answers: [Int] = []
                _ = await eventually(within: .seconds(message.mayBeSilent || isResponse ? 0 : 30)) {
                    answers = isResponse ? [] : finalStatuses(in: capture.text.utf8.dropFirst(seen), mark)
                    return !answers.isEmpty
                }
                let isRight = isResponse ? answers.isEmpty : message.allows(answers.first)
                #expect(isRight, "UDP, \(message.section) \(message.name): \(answers), not \(message.expected)")
                await peer.close()
            } catch {
                Issue.record("UDP, \(message.section) \(message.name): \(error)")
            }
        }

        /// Final responses to the message in copies (HEP). Those to earlier ones are repeated, since nobody
        /// acknowledges them.
        private static func finalStatuses(in copies: some Sequence<UInt8>, _ mark: String) -> [Int] {
            let text = String(decoding: Array(copies), as: UTF8.self)
            let isUnmarked = mark == TortureMessage.noMark
            return text.components(separatedBy: "HEP3").filter { copy in
                // A copy may come late, and answers are repeated: what has a Call-ID is of another message.
                copy.contains(mark) && !(isUnmarked && callID(in: copy) != nil)
            }.flatMap(statuses)
        }

        // MARK: TCP

        private static func checkStream(_ message: TortureMessage, _ number: Int, _ lab: AnsweringLab) async {
            do {
                let (bytes, _) = message.marked(number)
                let peer = try await RawPeer.tcp(from: lab.addresses.caller, to: lab.addresses.server, sipPort)
                try await peer.send(bytes)
                try await expectAlive(lab)
                let isResponse = message.bytes.starts(with: "SIP/".utf8)
                let isSilent = message.isUnfinishedOnStreams || isResponse
                var answers: [Int] = []
                // A stream that cannot be framed any more is closed, which may be seen after the 400.
                let isRight = await eventually(within: .seconds(isSilent || message.mayBeSilent ? 0 : 30)) {
                    answers = statuses(in: peer.text)
                    return isSilent ? answers.isEmpty : message.allows(answers.first) || peer.isClosed
                }
                #expect(isRight, "TCP, \(message.section) \(message.name): \(answers), not \(message.expected)")
                await peer.close()
            } catch {
                Issue.record("TCP, \(message.section) \(message.name): \(error)")
            }
        }

        // MARK: Both

        private static let sipPort = UInt16(Addresses.sipPort)

        /// The server answers an OPTIONS, and has done with what came before it.
        private static func expectAlive(_ lab: AnsweringLab) async throws {
            let peer = try await RawPeer.udp(from: lab.addresses.caller, to: lab.addresses.server, sipPort)
            let request = """
                OPTIONS sip:\(lab.addresses.server) SIP/2.0
                Via: SIP/2.0/UDP \(lab.addresses.caller);branch=z9hG4bKn\(UInt64.random(in: 0 ... .max));rport
                Max-Forwards: 70
                From: <sip:peer@ims.example>;tag=1
                To: <sip:\(lab.addresses.server)>
                Call-ID: \(UInt64.random(in: 0 ... .max))
                CSeq: 1 OPTIONS
                Content-Length: 0


                """
            try await peer.send(Array(request.replacing("\n", with: "\r\n").utf8))
            #expect(await eventually { peer.count(200) == 1 })
            await peer.close()
        }

        fileprivate static func callID(in text: String) -> String? {
            for line in text.components(separatedBy: "\r\n") {
                let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                if parts.count == 2, ["call-id", "i"].contains(parts[0].lowercased()) { return parts[1] }
            }
            return nil
        }

        private static func statuses(in text: String) -> [Int] {
            text.components(separatedBy: "SIP/2.0 ").dropFirst().compactMap { Int($0.prefix(3)) }.filter { $0 >= 200 }
        }
    }
}

extension TortureMessage {
    fileprivate var mayBeSilent: Bool { expected.contains("discard") || expected == ["-"] }

    /// The header section or the body does not end, so that a stream waits for the rest.
    fileprivate var isUnfinishedOnStreams: Bool {
        section.hasSuffix("3.1.2.2") || !text.contains("\r\n\r\n")
    }

    private var text: String { String(decoding: bytes, as: UTF8.self) }

    /// With a branch of its own, and what its response repeats: that branch, or the Call-ID where there is none. Some
    /// published messages have the same.
    fileprivate func marked(_ number: Int) -> (bytes: [UInt8], mark: String) {
        let cookie = Array("branch=z9hG4bK".utf8)
        let mark = "n\(number)-"
        if let found = bytes.firstRange(of: cookie), let next = bytes[found.upperBound...].first,
            next > 0x2F || next == 0x2D
        {
            var bytes = bytes
            bytes.insert(contentsOf: mark.utf8, at: found.upperBound)
            return (bytes, "z9hG4bK" + mark)
        }
        return (bytes, Interoperation.TortureTests.callID(in: text) ?? Self.noMark)
    }

    /// What stands in every response.
    fileprivate static let noMark = "SIP/2.0"

    /// Whether the first final answer is one of those expected.
    fileprivate func allows(_ status: Int?) -> Bool {
        guard let status else { return mayBeSilent }
        if expected == ["-"] || expected.contains("\(status)") { return true }
        // Read and understood; what the service makes of it is another matter. Some of one Call-ID count as merged.
        return expected.contains("accept") && (status < 300 || [403, 404, 405, 481, 482, 488].contains(status))
    }
}
