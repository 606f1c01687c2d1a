import Codecs
import Glibc
import Media
import MediaTransport
import Testing
import VoiceEngine

/// A caller of the plane that lost an answer asks again: what it asked for is done once.
@Suite("Commands of the media plane that are repeated", .serialized)
struct RepeatedCommandTests {
    @Test("A leg keeps its ports, and its peer", .timeLimit(.minutes(1)))
    func leg() async throws {
        let rig = try await PlaneRig(ports: 22_600...22_619)
        #expect(try await rig.near.allocateLeg(rig.session) == rig.nearAddress)
        #expect(await rig.near.status().leasedPairs == 1)
        try await rig.connect()
        try await rig.connect()
        for await notice in rig.farEvents where notice.event == .firstPacketReceived { break }
        try await rig.connect()
        await rig.near.release(rig.session)
        await rig.far.shutdown()
    }

    @Test("A second opening takes the events over; nothing else changes", .timeLimit(.minutes(1)))
    func opened() async throws {
        let rig = try await PlaneRig(ports: 22_620...22_639)
        try await rig.connect()
        var last: UInt64 = 0
        for await notice in rig.nearEvents {
            last = notice.sequence
            if notice.event == .firstPacketReceived { break }
        }
        let events = await rig.near.open(rig.session)
        for await notice in rig.nearEvents { last = notice.sequence }
        #expect(await rig.near.status().sessions == 1)
        #expect(try await rig.near.allocateLeg(rig.session) == rig.nearAddress)
        try await rig.far.sendDigits("5", on: rig.session)
        for await notice in events {
            #expect(notice.sequence == last + 1, "numbers go on from stream to stream, without a gap")
            last = notice.sequence
            if notice.event == .digit("5") { break }
        }
        await rig.near.release(rig.session)
        await rig.far.shutdown()
    }

    @Test("The same recording goes on, another one takes its place", .timeLimit(.minutes(1)))
    func recording() async throws {
        let rig = try await PlaneRig(ports: 22_640...22_659)
        let (first, second) = (PlaneRig.temporaryFile(), PlaneRig.temporaryFile())
        defer {
            unlink(first)
            unlink(second)
        }
        try await rig.near.record(rig.session, .stereo(first))
        try await rig.connect()
        for await notice in rig.nearEvents where notice.event == .firstPacketReceived { break }
        try await rig.near.play(tone: .ringback, for: .seconds(1), on: rig.session)
        await rig.near.drainPlayback(rig.session, atMost: .milliseconds(1_500))
        try await rig.near.record(rig.session, .stereo(first))
        await rig.near.drainPlayback(rig.session, atMost: .milliseconds(300))
        try await rig.near.record(rig.session, received: second, sent: nil)
        await rig.near.release(rig.session)
        await rig.far.shutdown()
        // Emptied by the repetition, it would hold 300 ms.
        let whole = try Self.size(first)
        #expect(whole > 16_000 * 2)
        #expect(try Self.size(second) >= 44)
        #expect(try Self.size(second) < 16_000)
    }

    @Test("What has ended ends again without an answer", .timeLimit(.minutes(1)))
    func ended() async throws {
        let rig = try await PlaneRig(ports: 22_660...22_679)
        await rig.near.disconnectEngine(rig.session)
        await rig.near.disconnectEngine(rig.session)
        await rig.near.stopPlayback(rig.session)
        await rig.near.stopPlayback(rig.session)
        await rig.near.drainPlayback(rig.session, atMost: .seconds(1))
        #expect(await rig.near.release(rig.session) != nil)
        #expect(await rig.near.release(rig.session) == nil)
        await rig.near.disconnectEngine(rig.session)
        await rig.near.stopPlayback(rig.session)
        await rig.near.receiveDigit("1", on: rig.session)
        await rig.near.send(.cancelTurn, to: rig.session)
        await rig.near.drainPlayback(rig.session, atMost: .seconds(1))
        await #expect(throws: MediaPlaneError.unknownSession) { try await rig.near.allocateLeg(rig.session) }
        await #expect(throws: MediaPlaneError.unknownSession) {
            try await rig.near.record(rig.session, .stereo("/nonexistent/file.wav"))
        }
        #expect(await rig.near.status().leasedPairs == 0)
        await rig.far.shutdown()
    }

    @Test("A numbered command is done once", .timeLimit(.minutes(1)))
    func numbered() async throws {
        let rig = try await PlaneRig(ports: 22_680...22_699)
        try await rig.connect()
        for await notice in rig.farEvents where notice.event == .firstPacketReceived { break }
        for number: UInt64 in [1, 1, 2, 1] {
            try await rig.near.sendDigits(number == 1 ? "5" : "6", on: rig.session, as: MediaCommandID(number))
        }
        var heard: [Character] = []
        for await notice in rig.farEvents {
            guard case .digit(let digit) = notice.event else { continue }
            heard.append(digit)
            if digit == "6" { break }
        }
        #expect(heard == ["5", "6"])
        for (digit, number) in [("1", 3), ("1", 3), ("2", 4), ("1", 3), ("3", 5)] as [(Character, UInt64)] {
            await rig.near.receiveDigit(digit, on: rig.session, as: MediaCommandID(number))
        }
        heard = []
        for await notice in rig.nearEvents {
            guard case .digit(let digit) = notice.event else { continue }
            heard.append(digit)
            if digit == "3" { break }
        }
        #expect(heard == ["1", "2", "3"])
        let file = PlaneRig.temporaryFile()
        defer { unlink(file) }
        // A command that fails has not been done, and may be tried again.
        await #expect(throws: MediaPlaneError.self) {
            try await rig.near.play(file: file, .announcement, on: rig.session, as: MediaCommandID(6))
        }
        let short = WAVAudio(sampleRate: 8_000, samples: [Int16](repeating: 500, count: 800))
        try PlaneRig.write(short, to: file)
        for number: UInt64 in [6, 6, 7] {
            try await rig.near.play(file: file, .announcement, on: rig.session, as: MediaCommandID(number))
        }
        await rig.near.drainPlayback(rig.session, atMost: .seconds(10))
        await rig.near.release(rig.session)
        var finished = 0
        for await notice in rig.nearEvents where notice.event == .playbackFinished { finished += 1 }
        #expect(finished == 2)
        await rig.far.shutdown()
    }

    private static func size(_ path: String) throws -> Int {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return Int(status.st_size)
    }
}
