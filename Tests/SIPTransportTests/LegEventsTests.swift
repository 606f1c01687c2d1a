import SIP
import Testing

@testable import SIPTransport

@Suite("Events of a leg")
struct LegEventsTests {
    private let queue = SIPLegEventQueue()
    private var events: SIPLegEvents { SIPLegEvents(queue: queue) }

    @Test("Events are read in order, then the end")
    func order() async {
        queue.append(.sessionRefreshDue)
        queue.append(.failed(.timeout))
        queue.finish()
        queue.append(.sessionRefreshDue)
        var labels: [String] = []
        for await event in events { labels.append(Self.label(event)) }
        #expect(labels == ["refresh", "failed"])
    }

    @Test("A reader waits for an event, and for the end")
    func waiting() async {
        async let read: [String] = {
            var labels: [String] = []
            for await event in events {
                labels.append(Self.label(event))
                queue.finish()
            }
            return labels
        }()
        queue.append(.failed(.timeout))
        #expect(await read == ["failed"])
    }

    @Test("A peer makes us keep no more than the capacity")
    func capacity() async {
        for _ in 0..<SIPLegEventQueue.capacity { queue.append(.sessionRefreshDue) }
        queue.append(.failed(.timeout))
        queue.finish()
        var labels: [String] = []
        for await event in events { labels.append(Self.label(event)) }
        #expect(labels == Array(repeating: "refresh", count: SIPLegEventQueue.capacity))
    }

    @Test("A reader that is cancelled reads what is there, then the end")
    func cancellation() async {
        let reader = Task {
            var count = 0
            for await _ in events { count += 1 }
            return count
        }
        reader.cancel()
        #expect(await reader.value == 0)
        queue.append(.sessionRefreshDue)
        var iterator = events.makeAsyncIterator()
        #expect(await iterator.next() == nil)
    }

    @Test("Who waits for the end takes no event from the reader")
    func watching() async {
        let first = Task { await queue.untilFinished() }
        let second = Task { await queue.untilFinished() }
        second.cancel()
        await second.value
        queue.append(.failed(.timeout))
        queue.finish()
        await first.value
        await queue.untilFinished()
        var labels: [String] = []
        for await event in events { labels.append(Self.label(event)) }
        #expect(labels == ["failed"])
    }

    @Test("A reader that is interrupted ends, and the next one goes on", arguments: [false, true])
    func interruption(isEarly: Bool) async {
        queue.append(.sessionRefreshDue)
        if isEarly { queue.interrupt() }
        var labels: [String] = []
        for await event in events {
            labels.append(Self.label(event))
            if !isEarly { queue.interrupt() }
        }
        #expect(labels == ["refresh"])
        queue.append(.failed(.timeout))
        queue.finish()
        for await event in events { labels.append(Self.label(event)) }
        #expect(labels == ["refresh", "failed"])
    }

    private static func label(_ event: SIPLegEvent) -> String {
        switch event {
        case .sessionRefreshDue: "refresh"
        case .failed: "failed"
        default: "other"
        }
    }
}
