import RTP
import Testing

@Suite("Jitter buffer behind a simulated network")
struct JitterBufferNetworkTests {
    struct Network: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Share of packets lost and doubled.
        var loss = 0.0
        var doubling = 0.0
        /// Greatest extra delay in milliseconds; even distribution.
        var jitter = 0.0
        /// How much faster the sender's clock runs, in parts of a million.
        var drift = 0.0
        /// The most frames that may be missing, of 3 000, beyond those lost.
        var allowed = 0
    }

    static let networks = [
        Network(testDescription: "clean", allowed: 4),
        Network(testDescription: "5 % loss", loss: 0.05, allowed: 4),
        Network(testDescription: "doubling", doubling: 0.3, allowed: 4),
        Network(testDescription: "30 ms of jitter", jitter: 30, allowed: 12),
        Network(testDescription: "80 ms of jitter, reordering", loss: 0.02, doubling: 0.02, jitter: 80, allowed: 40),
        Network(testDescription: "fast sender", jitter: 5, drift: 500, allowed: 12),
        Network(testDescription: "slow sender", jitter: 5, drift: -500, allowed: 20),
    ]

    @Test("A minute plays in order, nearly whole, with bounded delay", arguments: networks, [1, 2, 3] as [UInt64])
    func minute(_ network: Network, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var arrivals: [(time: Double, number: Int)] = []
        var lost = 0
        for number in 0..<3_000 {
            let sent = Double(number) * 20 / (1 + network.drift / 1e6)
            guard Double.random(in: 0..<1, using: &random) >= network.loss else {
                lost += 1
                continue
            }
            let delay = { (random: inout SeededGenerator) in
                network.jitter > 0 ? Double.random(in: 0..<network.jitter, using: &random) : 0
            }
            arrivals.append((sent + delay(&random), number))
            if Double.random(in: 0..<1, using: &random) < network.doubling {
                arrivals.append((sent + delay(&random), number))
            }
        }
        arrivals.sort { $0.time < $1.time }

        var rig = JitterBufferTests.Rig()
        var next = 0
        var deepest = 0
        rig.now = 7
        for frame in 0..<3_000 {
            while next < arrivals.count, arrivals[next].time <= Double(frame) * 20 + 7 {
                _ = rig.insert(arrivals[next].number, arrival: arrivals[next].time)
                next += 1
            }
            if next > 0 { rig.play() } else { rig.now += 20 }
            if frame > 500 { deepest = max(deepest, rig.buffer.depth) }
        }
        #expect(rig.played == rig.played.sorted())
        #expect(Set(rig.played).count == rig.played.count)
        #expect(rig.missing <= lost + network.allowed)
        #expect(rig.played.count >= 3_000 - lost - network.allowed - 10)
        // In ticks of 1/8 ms: the jitter, two packets, and what is not yet shed.
        #expect(deepest <= Int(network.jitter + 110) * 8)
        #expect(rig.idle == 0)
    }
}
