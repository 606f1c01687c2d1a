import Codecs
import Foundation
import Media
import NetworkModel
import SDP
import Testing

/// The whole receive path of a leg behind networks of the model, on a virtual clock.
@Suite("Leg behind a network")
struct ReceptionNetworkTests {
    static let l16 = PayloadFormat(payloadType: 98, encodingName: "L16", clockRate: 8_000)
    private static let rate = 8_000
    /// Ten minutes, or what the environment asks for.
    private static let driftSeconds =
        ProcessInfo.processInfo.environment["SIDETONE_DRIFT_SECONDS"].flatMap { Int($0) } ?? 600

    /// Silence with a click of 5 ms at every whole second.
    static func clicks(seconds: Int) -> [Int16] {
        (0..<seconds * rate).map { index in
            index % rate < rate / 200 ? (index % 2 == 0 ? 12_000 : -12_000) : 0
        }
    }

    /// Milliseconds of the clock at which clicks are heard.
    static func clickTimes(_ heard: [Int16]) -> [Double] {
        var times: [Double] = []
        var last = -rate
        for (index, sample) in heard.enumerated() where abs(Int(sample)) > 6_000 {
            // The frame of a tick is heard from the tick on.
            if index - last > rate / 20 { times.append(Double(index) * 1_000 / Double(rate)) }
            last = index
        }
        return times
    }

    /// How long each click took from the sender's mouth to here, in milliseconds; the packet's 20 ms are part of it.
    static func latencies(seconds: Int, drift: Double = 0, _ path: NetworkPath) throws -> [Double] {
        let run = try ReceptionRun(format: l16, rate: rate)
        var stream = PacketStream(codec: try L16Codec(sampleRate: rate), payloadType: 98)
        var path = path
        path.drift = drift
        run.send(stream.packets(of: clicks(seconds: seconds)), over: &path)
        run.run()
        let times = clickTimes(run.heard)
        #expect(times.count == seconds)
        return times.enumerated().map { $1 - Double($0) * 1_000 / (1 + drift / 1e6) }
    }

    @Test(
        "The playout clock follows the sender's within a frame either way, over ten minutes of drift",
        arguments: [-200.0, 200], [0.0, 15])
    func drift(_ drift: Double, jitter: Double) throws {
        var path = NetworkPath(seed: 1)
        path.jitter = jitter
        // 600 s at 200 ppm are 120 ms: six frames.
        let latencies = try Self.latencies(seconds: Self.driftSeconds, drift: drift, path).dropFirst(15)
        let (least, most) = (latencies.min() ?? 0, latencies.max() ?? 0)
        #expect(most - least <= 20 + 10, "\(least) to \(most) ms")
        // 30 ms of route, a packet, a frame, the hysteresis, and what the network varies by.
        #expect(most <= 30 + 20 + 20 + 20 + 10 + jitter, "\(most) ms")
    }

    @Test("A longer route is followed at once, a shorter one within 15 s", arguments: [40.0, 80, 120])
    func routeChange(_ change: Double) throws {
        var path = NetworkPath(seed: 1)
        path.steps = [.init(at: 20_000, change: change), .init(at: 40_000, change: -change)]
        let latencies = try Self.latencies(seconds: 60, path)
        let before = latencies[19]
        // The packets come so much later, and not one of them is left out.
        #expect(abs(latencies[21] - before - change) <= 20, "\(latencies)")
        #expect(abs(latencies[39] - before - change) <= 20, "\(latencies)")
        #expect(latencies[56...].allSatisfy { abs($0 - before) <= 20 }, "\(latencies)")
    }

    @Test("Speech behind jitter is hardly ever late", arguments: [20.0, 60, 100], [1, 2] as [UInt64])
    func lateness(_ jitter: Double, seed: UInt64) throws {
        var path = NetworkPath(seed: seed)
        path.jitter = jitter
        let run = try Self.listen(seconds: 60, path)
        let counters = run.leg.counters
        #expect(counters.packetsReceived == 3_000)
        #expect(counters.droppedLate <= 30, "\(counters.droppedLate)")
        #expect(counters.framesConcealed <= 90, "\(counters.framesConcealed)")
    }

    @Test("Doubled packets change nothing")
    func duplicates() throws {
        var doubled = NetworkPath(seed: 1)
        doubled.duplication = 0.3
        let plain = try Self.listen(seconds: 20, NetworkPath(seed: 1))
        let run = try Self.listen(seconds: 20, doubled)
        #expect(run.leg.counters.droppedDuplicate > 250)
        #expect(run.heard == plain.heard)
    }

    @Test("Packets that others overtake are waited for once it is known that they come")
    func reordering() throws {
        var path = NetworkPath(seed: 1)
        path.reordering = 0.05
        let counters = try Self.listen(seconds: 60, path).leg.counters
        #expect(counters.droppedLate <= 15, "\(counters.droppedLate)")
        #expect(counters.framesConcealed <= 30, "\(counters.framesConcealed)")
    }

    @Test(
        "Another source, timestamps or numbers cost at most three frames",
        arguments: [
            .newSource(99), .timestampJump(8_000_000), .timestampJump(0xF000_0000), .timestampJump(800),
            .sequenceJump(20_000), .sequenceJump(5),
        ] as [PacketStream.Change])
    func changes(_ change: PacketStream.Change) throws {
        let plain = try Self.listen(seconds: 10, NetworkPath(seed: 1))
        let run = try Self.listen(seconds: 10, NetworkPath(seed: 1), changes: [250: change])
        let lost = run.leg.counters.framesConcealed - plain.leg.counters.framesConcealed
        // A small step of the timestamp says that so much was not sent, here 100 ms.
        #expect(lost <= (change == .timestampJump(800) ? 6 : 3), "\(lost)")
        #expect(run.leg.counters.packetsReceived >= 499)
        let last = run.heard.suffix(Self.rate * 3 / 2).prefix(Self.rate / 4)
        #expect(LevelMeter.level(of: Array(last).span) > -30)
    }

    @Test("A source that does not send its pauses costs nothing but noise", arguments: ["AMR-WB", "AMR"], [0.0, 40])
    func discontinuous(_ name: String, jitter: Double) throws {
        let rate = name == "AMR" ? 8_000 : 16_000
        let format = PayloadFormat(payloadType: 97, encodingName: name, clockRate: rate)
        let codec = try CodecCatalog.codec(named: name, clockRate: rate, channels: 1, usesDTX: true)
        let run = try ReceptionRun(format: format, rate: rate)
        var stream = PacketStream(codec: codec, payloadType: 97)
        var path = NetworkPath(seed: 1)
        path.jitter = jitter
        // 2 s of a voice and 3 s of a pause, four times.
        let voice = LegCompressedTests.voice(rate: rate, frames: 100) + Array(repeating: 0, count: rate * 3)
        let packets = stream.packets(of: Array(repeating: voice, count: 4).flatMap { $0 })
        #expect(packets.count < 700)
        run.send(packets, over: &path)
        run.run()
        #expect(run.leg.counters.framesConcealed <= 12, "\(run.leg.counters.framesConcealed)")
        for pause in 0..<4 {
            let start = (pause * 5 + 3) * rate
            let heard = Array(run.heard[start..<start + rate * 3 / 2])
            #expect(LevelMeter.level(of: heard.span) < -55, "\(LevelMeter.level(of: heard.span))")
        }
    }

    @Test("Whatever the network does, a frame is made for each tick", arguments: 1...40)
    func anything(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func draw(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &random) }
        var path = NetworkPath(seed: seed)
        path.loss = seed % 2 == 0 ? .random(draw(0...0.3)) : .bursts(share: draw(0...0.3), meanLength: draw(1...20))
        path.jitter = draw(0...300)
        path.reordering = draw(0...0.2)
        path.duplication = draw(0...0.5)
        path.drift = draw(-1_000...1_000)
        path.steps = [.init(at: draw(0...10_000), change: draw(-25...400)), .init(at: 15_000, change: -5)]
        let changes: [Int: PacketStream.Change] = [
            Int(draw(0...900)): .newSource(5), Int(draw(0...900)): .timestampJump(UInt32(draw(0...4e9))),
            Int(draw(0...900)): .sequenceJump(UInt16(draw(0...65_535))),
        ]
        let run = try Self.listen(seconds: 20, path, changes: changes)
        #expect(run.heard.count == Int((run.now / 20).rounded()) * 160)
    }

    @Test("The delay never exceeds its bound, a packet and a frame", arguments: 1...6)
    func bound(_ seed: UInt64) throws {
        var path = NetworkPath(seed: seed)
        path.jitter = 150 + Double(seed) * 50
        path.reordering = 0.1
        path.duplication = 0.3
        let run = try ReceptionRun(format: Self.l16, rate: Self.rate)
        var stream = PacketStream(codec: try L16Codec(sampleRate: Self.rate), payloadType: 98)
        run.send(stream.packets(of: Self.clicks(seconds: 60)), over: &path)
        run.run()
        // Some clicks are skipped with the audio that is too old.
        for time in Self.clickTimes(run.heard) {
            let latency = time.truncatingRemainder(dividingBy: 1_000)
            #expect(latency <= 30 + path.jitter + 200 + 40, "\(latency) ms")
        }
    }

    /// A leg that has heard something like a voice with pauses.
    static func listen(
        seconds: Int,
        _ path: NetworkPath,
        changes: [Int: PacketStream.Change] = [:]
    ) throws -> ReceptionRun {
        let run = try ReceptionRun(format: l16, rate: rate)
        var stream = PacketStream(codec: try L16Codec(sampleRate: rate), payloadType: 98)
        var path = path
        let voice = LegCompressedTests.voice(rate: rate, frames: seconds * 50)
        run.send(stream.packets(of: voice, changes: changes), over: &path)
        run.run()
        return run
    }
}
