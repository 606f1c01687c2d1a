import NIOCore
import NIOEmbedded
import Testing

@testable import SIPTransport

@Suite("Deadlines of connections")
struct ConnectionDeadlinesTests {
    private let loop = EmbeddedEventLoop()
    private let counters = SharedCounters()
    private let deadlines: ConnectionDeadlines

    init() {
        var configuration = SIPStackConfiguration(
            listeners: [], policy: PeerPolicy(trusted: []), messageTime: .seconds(5))
        configuration.bodyTime = .seconds(10)
        configuration.firstMessageTime = .seconds(20)
        deadlines = ConnectionDeadlines(on: loop, configuration, counters)
    }

    private var timedOut: UInt64 { counters.added(to: SIPStackCounters()).connectionsTimedOut }

    private func makeChannel() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 5060)).wait()
        return channel
    }

    @Test(
        "A connection is closed when its time is over, and not before",
        arguments: [(.headerSection, 5), (.body, 10), (.firstMessage, 20)] as [(ConnectionDeadlines.Kind, Int64)])
    func missed(kind: ConnectionDeadlines.Kind, seconds: Int64) throws {
        let channel = try makeChannel()
        let deadline = deadlines.begin(kind, for: channel)
        loop.advanceTime(by: .seconds(seconds) - .nanoseconds(1))
        #expect(channel.isActive)
        loop.advanceTime(by: .nanoseconds(1))
        #expect(!channel.isActive)
        #expect(timedOut == 1)
        deadlines.end(deadline)
        #expect(deadlines.count == 0)
    }

    @Test("Each of several has a time of its own, and those that were met close nothing")
    func several() throws {
        let channels = try (0..<5).map { _ in try makeChannel() }
        var begun: [ConnectionDeadlines.Deadline] = []
        for channel in channels {
            begun.append(deadlines.begin(.headerSection, for: channel))
            loop.advanceTime(by: .seconds(1))
        }
        deadlines.end(begun[2])
        deadlines.end(begun[2])
        // That of the first is over now.
        for (index, open) in [[1, 2, 3, 4], [2, 3, 4], [2, 3, 4], [2, 4], [2]].enumerated() {
            #expect(channels.indices.filter { channels[$0].isActive } == open, "after \(index) s")
            loop.advanceTime(by: .seconds(1))
        }
        #expect(timedOut == 4)
        #expect(deadlines.count == 0)
        // The timer starts anew.
        _ = deadlines.begin(.headerSection, for: channels[2])
        loop.advanceTime(by: .seconds(5))
        #expect(!channels[2].isActive)
    }

    @Test("Those that were met are forgotten long before their time, whoever waits before them")
    func bounded() throws {
        let slow = try makeChannel()
        let channel = try makeChannel()
        let waiting = deadlines.begin(.headerSection, for: slow)
        for _ in 0..<10_000 { deadlines.end(deadlines.begin(.headerSection, for: channel)) }
        #expect(deadlines.count < 100)
        loop.advanceTime(by: .seconds(5))
        #expect(!slow.isActive)
        #expect(channel.isActive)
        deadlines.end(waiting)
        #expect(deadlines.count == 0)
        #expect(timedOut == 1)
    }
}
