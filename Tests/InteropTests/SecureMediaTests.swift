import ApplicationServer
import Codecs
import Foundation
import NIOPosix
import ReferenceAS
import SDP
import SIP
import SIPTransport
import Testing

extension Interoperation {
    @Suite("Encrypted media")
    struct SecureMediaTests {
        @Test("The engine's greeting reaches a caller that encrypts", arguments: KeyAgreement.allCases)
        func greeting(agreement: KeyAgreement) async throws {
            try await TestSystem.run { lab in
                let protection = CallProtection(policy: .require, agreements: [agreement])
                let report = try await lab.softphoneCall(for: .seconds(4)) { $0.protection = protection }
                #expect(report.outcome == .completed)
                #expect(report.firstAudioMs != nil)
                #expect(report.packetsReceived > 20)
                let counters = await lab.system.media.counters()
                #expect(counters.legs.packetsReceived > 20)
                #expect(counters.legs.droppedReplayed == 0)
                await lab.expectIdle()
            }
        }

        @Test("Who wants no encryption refuses it, and who wants nothing else refuses plain media: 488")
        func policies() async throws {
            let encrypted = CallProtection(policy: .require, agreements: [.descriptions])
            for (ours, theirs) in [(ProtectionPolicy.off, encrypted), (.require, CallProtection(policy: .off))] {
                let change = Change { configuration, _ in configuration.media.srtp = ours }
                try await TestSystem.run(configure: change) { lab in
                    let report = try await lab.softphoneCall(for: .seconds(1)) { $0.protection = theirs }
                    #expect(report.outcome == .rejected)
                    #expect(report.status == 488)
                    await lab.expectIdle()
                }
            }
        }

        @Test(
            "Keys that cannot be used: 488, over SIPp",
            .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)"),
            arguments: [
                ("RTP/SAVP", "sendrecv"),
                ("RTP/SAVP", "crypto:1 F8_128_HMAC_SHA1_80 inline:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"),
                (
                    "RTP/SAVPF",
                    "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk|2^20|1:4"
                ),
                ("UDP/TLS/RTP/SAVP", "setup:actpass"),
            ])
        func refused(profile: String, attribute: String) async throws {
            try await TestSystem.run { lab in
                let caller = try lab.caller("uac-expect-488", keys: ["profile": profile, "attribute": attribute])
                await caller.expectSuccess()
                #expect(try await lab.record().outcome == .rejected)
                await lab.expectIdle()
            }
        }
    }

    @Suite(
        "baresip encrypts",
        .enabled(if: Baresip.isInstalled, "baresip is not installed (apt-get install baresip-core)")
    )
    struct BaresipSecureMediaTests {
        @Test("Tones are heard at both ends", arguments: Baresip.Encryption.allCases)
        func heard(encryption: Baresip.Encryption) async throws {
            let folder = try TemporaryFolder()
            let played = "\(folder.path)/played.wav"
            let recorded = "\(folder.path)/recorded.wav"
            let written = FileManager.default.createFile(
                atPath: played, contents: Data(Sound.tone(1_000, seconds: 30).serialized()))
            #expect(written)
            let change = AnsweringLab.Change { settings in
                settings.service = AnsweringService(plays: played, records: recorded)
            }
            try await AnsweringLab.run(configure: change) { lab in
                let caller = try await Baresip("alice", at: lab.addresses.caller, encryption: encryption)
                try await caller.command(
                    "dial", "sip:bob@\(lab.addresses.server):\(Addresses.sipPort);transport=udp")
                _ = try await caller.expect("CALL_ESTABLISHED")
                let hasRun = await eventually(within: .seconds(30)) {
                    let legs = await lab.media.counters().legs
                    return legs.packetsSent >= 150 && legs.packetsReceived >= 150
                }
                let running = await lab.media.counters()
                #expect(hasRun, "\(running)")
                try await caller.command("hangup")
                let record = try await lab.record()
                #expect(record.outcome == .answered)
                let counters = await lab.media.counters()
                #expect(counters.legs.droppedReplayed == 0)
                #expect(counters.legs.packetsUnprotectable == 0)
                // A wrong key would be silence, or noise.
                let isHeard = await eventually { Sound(of: caller.heard).hasTone(1_000) }
                #expect(isHeard, "baresip heard \(Sound(of: caller.heard))")
                let bytes = FileManager.default.contents(atPath: recorded).map(Array.init) ?? []
                #expect(Sound(of: bytes).hasTone(440), "the server heard \(Sound(of: bytes))")
            }
        }

        @Test("A caller who is transferred talks to the target with keys of the two")
        func transferred() async throws {
            try await TransferLab.run(.reinvite) { lab in
                let target = try await Baresip(
                    "queue", at: lab.addresses.pbx, port: Addresses.pbxPort, encryption: .descriptions)
                let caller = try await Baresip("alice", at: lab.addresses.caller, encryption: .descriptions)
                try await caller.command(
                    "dial", "sip:bob@\(lab.addresses.server):\(Addresses.sipPort);transport=udp")
                #expect(await lab.service.result() == "transferred")
                #expect(await lab.media.status().leasedPairs == 0)
                // The target takes what the caller sends: it has the caller's key.
                _ = try await target.expect("CALL_RTPESTAB")
                try await caller.command("hangup")
                _ = try await target.expect("CALL_CLOSED")
                #expect(await lab.service.end() == .transferred)
                // baresip 1.0 keeps the key that it had first for what it receives, so that the caller hears nothing;
                // it was told the right one.
                let answered = try #require(target.sent(to: lab.addresses.server).first { $0.hasPrefix("SIP/2.0 200") })
                let moved = try #require(
                    caller.received(from: lab.addresses.server).first { $0.hasPrefix("INVITE") })
                #expect(moved.lines("a=crypto").count == 1)
                #expect(moved.lines("a=crypto") == answered.lines("a=crypto"))
            }
        }
    }
}

/// What a WAV file sounds like.
private struct Sound: CustomStringConvertible {
    private let samples: [Double]
    private let rate: Double

    init(of bytes: [UInt8]) {
        // A file that is being written says too little of its length: the header is passed over.
        let data = bytes.dropFirst(44)
        rate = bytes.count > 28 ? Double(Int(bytes[24]) | Int(bytes[25]) << 8 | Int(bytes[26]) << 16) : 8_000
        samples = stride(from: data.startIndex, to: data.endIndex - 1, by: 2).map { place in
            Double(Int16(bitPattern: UInt16(data[place]) | UInt16(data[place + 1]) << 8))
        }
    }

    /// Root mean square of each 20 ms.
    private var levels: [Double] {
        let length = Int(rate / 50)
        return stride(from: 0, to: samples.count - length, by: length).map { start in
            (samples[start..<start + length].reduce(0) { $0 + $1 * $1 } / Double(length)).squareRoot()
        }
    }

    /// Whether there is a second that is mostly of this frequency.
    func hasTone(_ frequency: Double) -> Bool {
        stride(from: 0, to: samples.count - Int(rate), by: Int(rate) / 2).contains { start in
            isTone(frequency, samples[start..<start + Int(rate)])
        }
    }

    private func isTone(_ frequency: Double, _ second: ArraySlice<Double>) -> Bool {
        let energy = second.reduce(0) { $0 + $1 * $1 }
        guard energy > 0 else { return false }
        var (real, imaginary) = (0.0, 0.0)
        for (index, sample) in second.enumerated() {
            let angle = 2 * Double.pi * frequency * Double(index) / rate
            real += sample * cos(angle)
            imaginary += sample * sin(angle)
        }
        let share = 2 * (real * real + imaginary * imaginary) / Double(second.count) / energy
        return share > 0.8
    }

    static func tone(_ frequency: Double, seconds: Int) -> WAVAudio {
        let samples = (0..<8_000 * seconds).map { Int16(8_000 * sin(2 * .pi * frequency * Double($0) / 8_000)) }
        return WAVAudio(sampleRate: 8_000, samples: samples)
    }

    var description: String {
        "\(samples.count) samples at \(rate) Hz, levels \(levels.prefix(100).map { Int($0) })"
    }
}

extension String {
    /// The lines that begin with this.
    fileprivate func lines(_ start: String) -> [Substring] {
        split(separator: "\n").filter { $0.hasPrefix(start) }
    }
}
