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
        var deadline: ConnectionDeadlines.Deadline? = deadlines.begin(kind, for: channel)
        loop.advanceTime(by: .seconds(seconds) - .nanoseconds(1))
        #expect(channel.isActive)
        loop.advanceTime(by: .nanoseconds(1))
        #expect(!channel.isActive)
        #expect(timedOut == 1)
        deadlines.end(&deadline)
        #expect(deadline == nil)
        #expect(deadlines.count == 0)
    }

    @Test("Each of several has a time of its own, and those that were met close nothing")
    func several() throws {
        let channels = try (0..<5).map { _ in try makeChannel() }
        var begun: [ConnectionDeadlines.Deadline?] = []
        for channel in channels {
            begun.append(deadlines.begin(.headerSection, for: channel))
            loop.advanceTime(by: .seconds(1))
        }
        deadlines.end(&begun[2])
        deadlines.end(&begun[2])
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
        var waiting: ConnectionDeadlines.Deadline? = deadlines.begin(.headerSection, for: slow)
        for _ in 0..<10_000 { beginAndEnd(on: channel) }
        #expect(deadlines.count < 100)
        loop.advanceTime(by: .seconds(5))
        #expect(!slow.isActive)
        #expect(channel.isActive)
        deadlines.end(&waiting)
        #expect(deadlines.count == 0)
        #expect(timedOut == 1)
        _ = try channel.finish()
    }

    @Test("Those behind the forgotten ones keep their times, also when the one that the timer was for is forgotten")
    func forgotten() throws {
        let channels = try (0..<20).map { _ in try makeChannel() }
        var first: ConnectionDeadlines.Deadline? = deadlines.begin(.headerSection, for: channels[0])
        for index in 1..<20 {
            loop.advanceTime(by: .milliseconds(100))
            _ = deadlines.begin(.headerSection, for: channels[index])
        }
        deadlines.end(&first)
        // Now and then more of them were met than not.
        for _ in 0..<1_000 { beginAndEnd(on: channels[0]) }
        loop.advanceTime(by: .milliseconds(3_150))
        for index in 1..<20 {
            #expect(channels.indices.filter { channels[$0].isActive } == [0] + Array(index..<20))
            loop.advanceTime(by: .milliseconds(100))
        }
        #expect(timedOut == 19)
        #expect(deadlines.count == 0)
        _ = try channels[0].finish()
    }

    @Test("A connection that closes ends its deadlines, and may do so while others are closed", arguments: [1, 2])
    func reentrant(rounds: Int) throws {
        for _ in 0..<rounds {
            for _ in 0..<100 {
                let channel = try makeChannel()
                let handler = Ending(deadlines)
                handler.ended = [
                    deadlines.begin(.headerSection, for: channel), deadlines.begin(.headerSection, for: channel),
                ]
                try channel.pipeline.syncOperations.addHandler(handler)
            }
            loop.advanceTime(by: .seconds(5))
            #expect(deadlines.count == 0)
        }
        #expect(timedOut == UInt64(rounds) * 100)
        // What is counted as met is none of those that were missed.
        let channel = try makeChannel()
        for _ in 0..<32 { beginAndEnd(on: channel) }
        #expect(deadlines.count == 32)
        beginAndEnd(on: channel)
        #expect(deadlines.count == 0)
        _ = try channel.finish()
    }

    private func beginAndEnd(on channel: EmbeddedChannel) {
        var deadline: ConnectionDeadlines.Deadline? = deadlines.begin(.headerSection, for: channel)
        deadlines.end(&deadline)
    }

    private final class Ending: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let deadlines: ConnectionDeadlines
        var ended: [ConnectionDeadlines.Deadline?] = []

        init(_ deadlines: ConnectionDeadlines) {
            self.deadlines = deadlines
        }

        func channelInactive(context: ChannelHandlerContext) {
            for index in ended.indices { deadlines.end(&ended[index]) }
        }
    }
}
