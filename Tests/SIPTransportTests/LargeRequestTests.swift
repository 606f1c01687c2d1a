import SIP
import SIPTransport
import Testing

/// RFC 3261 §18.1.1.
@Suite("Requests too large for UDP")
struct LargeRequestTests {
    @Test("More than 1 300 octets go by TCP, with TCP in Via; what fits stays on UDP")
    func moved() async throws {
        let shared = Loopback()
        let change = Change {
            $0.policy.allowUntrusted = true
            $0.listeners = [
                SIPListener(transport: .udp, host: shared.server, port: 5_060),
                SIPListener(transport: .tcp, host: shared.server, port: 5_060),
            ]
        }
        try await TestStack.run(configure: change) { callee in
            try await TestStack.run(configure: Change { $0.policy.allowUntrusted = true }) { caller in
                let hop = Hop(transport: .udp, host: shared.server, port: 5_060)
                for (sequence, octets) in [(1, 10), (2, 1_300), (3, 10)] {
                    let response = try await caller.stack.request(Self.options(sequence, padding: octets), to: hop)
                    #expect(response.status == .ok)
                }
                let transports = try callee.user.requests.map { try $0.headers.topVia().transport }
                #expect(transports == ["UDP", "TCP", "UDP"])
                #expect(try callee.user.requests[1].headers.topVia().sentBy.port == caller.tcpPort)
                #expect(await caller.stack.statistics.requestsMovedToTCP == 1)
            }
        }
    }

    @Test("A next hop that refuses TCP gets them by UDP, as they were")
    func refused() async throws {
        let change = Change {
            $0.policy.allowUntrusted = true
            $0.listeners = [SIPListener(transport: .udp, host: Loopback().server, port: 0)]
        }
        try await TestStack.run(configure: change) { callee in
            try await TestStack.run(configure: Change { $0.policy.allowUntrusted = true }) { caller in
                let host = await callee.stack.localAddress(.udp)?.host ?? ""
                let hop = Hop(transport: .udp, host: host, port: callee.udpPort)
                for sequence in 1...2 {
                    let response = try await caller.stack.request(Self.options(sequence, padding: 1_300), to: hop)
                    #expect(response.status == .ok)
                }
                let transports = try callee.user.requests.map { try $0.headers.topVia().transport }
                #expect(transports == ["UDP", "UDP"])
                #expect(await caller.stack.statistics.requestsMovedToTCP == 1, "once refused, it is not tried again")
            }
        }
    }

    private static func options(_ sequence: Int, padding: Int) -> SIPRequest {
        var request = SIPRequest(method: .options, requestURI: "sip:callee@ims.example")
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:caller@ims.example>;tag=1")
        request.headers.append(.to, "<sip:callee@ims.example>")
        request.headers.append(.callID, "large-\(sequence)")
        request.headers.append(.cSeq, "\(sequence) OPTIONS")
        request.headers.append(.subject, String(repeating: "x", count: padding))
        return request
    }
}
