import CDatagrams
import Codecs
import Glibc
import Media
import RTP
import SDP
import Testing
import VoiceEngine

@testable import MediaTransport

@Suite("In-process media plane")
struct MediaPlaneTests {
    @Test(
        "A file played on one side is recorded on the other", .timeLimit(.minutes(1)),
        arguments: [
            (PayloadFormat.pcma, UInt16(22_000)), (.pcmu, 22_020),
        ])
    func playAndRecord(_ codec: PayloadFormat, port: UInt16) async throws {
        let rig = try await PlaneRig(ports: port...port + 19)
        let source = PlaneRig.temporaryFile()
        let target = PlaneRig.temporaryFile()
        defer {
            unlink(source)
            unlink(target)
        }
        // A sweep, so that the place where it is found again is unmistakable.
        let samples = (0..<8_000).map { index in
            let time = Double(index) / 8_000
            return Int16(12_000 * sin(2 * .pi * (300 + 1_200 * time) * time))
        }
        try PlaneRig.write(WAVAudio(sampleRate: 8_000, samples: samples), to: source)
        try await rig.far.record(rig.session, received: target, sent: nil)
        try await rig.connect(codec)
        try await rig.near.play(file: source, on: rig.session)
        for await notice in rig.nearEvents where notice.event == .playbackFinished { break }
        await rig.near.drainPlayback(rig.session, atMost: .seconds(10))
        // A digit sent after the file arrives after the file.
        try await rig.near.sendDigits("5#", on: rig.session)
        var digits = ""
        for await notice in rig.farEvents {
            if case .digit(let digit) = notice.event { digits.append(digit) }
            if digits.count == 2 { break }
        }
        #expect(digits == "5#")
        let near = try #require(await rig.near.release(rig.session))
        let far = try #require(await rig.far.release(rig.session))
        #expect(near.packetsSent >= 50)
        #expect(far.packetsReceived >= 50)
        let recorded = try PlaneRig.read(target)
        #expect(recorded.sampleRate == 8_000)
        #expect(Self.correlation(of: samples, in: recorded.samples) > 0.9)
        let status = await rig.near.status()
        #expect(status.sessions == 0 && status.leasedPairs == 0)
    }

    /// The greatest normalised correlation at any lag.
    static func correlation(of needle: [Int16], in samples: [Int16]) -> Double {
        guard samples.count >= needle.count else { return 0 }
        // 100 ms from the middle find the lag, the whole confirms it.
        let probe = needle[3_600..<4_400].map(Double.init)
        var best = (lag: 0, score: -Double.infinity)
        for lag in 0...(samples.count - needle.count) {
            var score = 0.0
            for index in probe.indices { score += probe[index] * Double(samples[lag + 3_600 + index]) }
            if score > best.score { best = (lag, score) }
        }
        var product = 0.0
        var energies = (1.0, 1.0)
        for index in needle.indices {
            let (left, right) = (Double(needle[index]), Double(samples[best.lag + index]))
            product += left * right
            energies = (energies.0 + left * left, energies.1 + right * right)
        }
        return product / (energies.0 * energies.1).squareRoot()
    }

    @Test("Packets from a stranger are dropped and nothing goes back", .timeLimit(.minutes(1)))
    func strangers() async throws {
        let rig = try await PlaneRig(ports: 22_100...22_119)
        try await rig.connect()
        var local = cdatagrams_endpoint(IPEndpoint(v4: 0x7F00_0001, port: 22_130))
        let socket = cdatagrams_open(&local, 0, 0)
        try #require(socket >= 0)
        defer { cdatagrams_close(socket) }
        var bytes: [UInt8] = []
        RTPHeader(payloadType: 8, marker: true, sequenceNumber: 1, timestamp: 1, ssrc: 1).append(to: &bytes)
        bytes += Array(repeating: 0x2A, count: 160)
        var counters = await rig.near.counters()
        while counters.legs.droppedWrongSource < 20 {
            for port in [rig.nearAddress.rtpPort, rig.nearAddress.rtcpPort] {
                bytes.withUnsafeMutableBufferPointer { buffer in
                    var datagram = cdatagrams_datagram()
                    datagram.bytes = buffer.baseAddress
                    datagram.length = UInt32(buffer.count)
                    datagram.peer = cdatagrams_endpoint(IPEndpoint(v4: 0x7F00_0001, port: port))
                    _ = cdatagrams_send(socket, &datagram, 1)
                }
            }
            counters = await rig.near.counters()
        }
        let buffers = DatagramBuffers()
        #expect(buffers.receive(from: socket, limit: 8) == 0)
        await rig.near.release(rig.session)
        await rig.far.release(rig.session)
        #expect(await rig.near.counters().legs.droppedWrongSource >= 20)
    }

    @Test("Speech of the caller stops the engine: the milliseconds go to the events and back to the engine")
    func bargeIn() async throws {
        let rig = try await PlaneRig(ports: 22_140...22_159)
        let stream = AsyncStream.makeStream(of: MediaSessionNotice.self)
        let loop = try MediaLoop(
            eventLoop: NIOSingletons.loop, tick: .milliseconds(20), logger: NIOSingletons.logger
        )
        let interface = try MediaInterface(
            address: "127.0.0.1",
            configuration: MediaPlaneConfiguration(ports: 22_160...22_169, quarantine: .zero),
            logger: NIOSingletons.logger
        )
        let session = MediaSession(
            id: MediaSessionID("engine"), loop: loop, configuration: rig.near.configuration,
            events: stream.continuation, logger: NIOSingletons.logger
        )
        let turn = EngineTurnID("t1")
        let commands = try await loop.eventLoop.submit {
            loop.add(session)
            _ = try session.allocateLeg(on: interface)
            let link = try session.makeLink(format: .pcma)
            session.engine(link, didSend: Array(repeating: UInt8(0x2A), count: 8_000).span, of: turn)
            var commands: [EngineCommand] = []
            session.engine(link, didEmit: .userSpeechStarted) { commands.append($0) }
            session.engine(link, didEmit: .closed(.lost("test"))) { commands.append($0) }
            return commands
        }.get()
        #expect(commands == [.playedUpTo(turn, milliseconds: 0)])
        _ = try await loop.eventLoop.flatSubmit { session.release() }.get()
        var events: [MediaSessionEvent] = []
        for await notice in stream.stream { events.append(notice.event) }
        #expect(
            events == [
                .bargeIn(turn, playedMilliseconds: 0), .engine(.userSpeechStarted), .engine(.closed(.lost("test"))),
            ])
        await rig.near.shutdown()
        await rig.far.shutdown()
    }

    @Test("Commands can be repeated; those for unknown sessions say so")
    func idempotent() async throws {
        let rig = try await PlaneRig(ports: 22_200...22_219)
        #expect(try await rig.near.allocateLeg(rig.session) == rig.nearAddress)
        #expect(rig.nearAddress.rtcpPort == rig.nearAddress.rtpPort + 1 && rig.nearAddress.rtpPort % 2 == 0)
        try await rig.connect()
        try await rig.connect()
        let unknown = MediaSessionID("nobody")
        await #expect(throws: MediaPlaneError.unknownSession) { _ = try await rig.near.allocateLeg(unknown) }
        await #expect(throws: EngineConnectError.sessionReleased) {
            try await rig.near.connectEngine(
                unknown, to: EngineEndpoint(name: "none", url: "ws://127.0.0.1:9"), with: .init(), within: .seconds(1)
            )
        }
        #expect(await rig.near.release(unknown) == nil)
        #expect(await rig.near.release(rig.session) != nil)
        #expect(await rig.near.release(rig.session) == nil)
        await rig.far.shutdown()
    }

    @Test("A second open ends the former stream; release ends the present one")
    func streams() async throws {
        let rig = try await PlaneRig(ports: 22_220...22_239)
        let second = await rig.near.open(rig.session)
        for await _ in rig.nearEvents {}
        await rig.near.release(rig.session)
        for await _ in second {}
        await rig.far.shutdown()
    }

    @Test("Files that are not there or are no WAV are named")
    func badFiles() async throws {
        let rig = try await PlaneRig(ports: 22_240...22_259)
        await #expect(throws: MediaPlaneError.self) {
            try await rig.near.play(file: "/nonexistent.wav", on: rig.session)
        }
        await #expect(throws: MediaPlaneError.file(path: "/dev/null", reason: "not a RIFF WAVE file")) {
            try await rig.near.play(file: "/dev/null", on: rig.session)
        }
        await #expect(throws: MediaPlaneError.self) {
            try await rig.near.record(rig.session, received: "/nonexistent/file.wav", sent: nil)
        }
        await rig.near.shutdown()
        await rig.far.shutdown()
    }
}
