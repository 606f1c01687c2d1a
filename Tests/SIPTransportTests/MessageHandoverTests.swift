import NIOCore
import NIOEmbedded
import SIP
import Testing

@testable import SIPTransport

@Suite("What connections hand over to signalling")
struct MessageHandoverTests {
    private let handover = MessageHandover()

    private func append(_ channel: any Channel) -> MessageHandover.Outcome {
        let source = SIPSource(transport: .tcp, address: "192.0.2.1", port: 5_060, flow: FlowID(rawValue: 1))
        return handover.append(.init(content: .messages([]), source: source, channel: channel, arrival: .now()))
    }

    @Test("One wake-up serves all that waits")
    func wakeUp() {
        let channel = EmbeddedChannel()
        #expect(append(channel).isFirst)
        #expect(!append(channel).isFirst)
        #expect(handover.next().item != nil)
        #expect(!append(channel).isFirst)
        #expect(handover.next().item != nil && handover.next().item != nil)
        #expect(handover.next().item == nil)
        #expect(append(channel).isFirst)
    }

    @Test("Those that bring too much are not read until half of it has been handled")
    func bounded() {
        let channel = EmbeddedChannel()
        for _ in 1..<MessageHandover.limit {
            let isFull = append(channel).isFull
            #expect(!isFull)
        }
        #expect(append(channel).isFull)
        #expect(append(channel).isFull)
        var handled = 0
        var resumed: [any Channel] = []
        while resumed.isEmpty, handled <= MessageHandover.limit {
            resumed = handover.next().resumed
            handled += 1
        }
        #expect(handled == MessageHandover.limit / 2 + 2)
        #expect(resumed.count == 2)
        #expect(handover.next().resumed.isEmpty)
    }
}
