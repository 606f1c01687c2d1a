import SIP
import SIPTransport
import Testing

/// Who of two stacks thinks that the other is outside of the trust domain.
enum Outsider: CaseIterable {
    case nobody, caller, callee
}

enum Way: CaseIterable {
    case udp, tcp
    /// Of more than 1 300 octets, to a peer that takes no connection at that port.
    case largeByUDP
}

@Suite("The edge of the trust domain (RFC 3325 §5, TS 24.229 §4.4)")
struct TrustDomainTests {
    @Test(
        "Assertions pass between members only, in requests and in responses", arguments: Outsider.allCases, Way.allCases
    )
    func edge(_ outsider: Outsider, _ way: Way) async throws {
        try await TestStack.run(configure: Self.knowing(outsider == .caller)) { callee in
            try await TestStack.run(configure: Self.knowing(outsider == .callee)) { caller in
                let transport = way == .tcp ? TransportKind.tcp : .udp
                let hop = Hop(
                    transport: transport, host: callee.loopback.server,
                    port: transport == .tcp ? callee.tcpPort : callee.udpPort)
                let response = try await caller.stack.request(Self.options(way, to: callee), to: hop)
                let request = try #require(callee.user.requests.first)
                let isShown = outsider == .nobody
                #expect(request.headers.contains(.pAssertedIdentity) == isShown)
                #expect(request.headers.contains(.pChargingVector) == isShown)
                #expect(request.headers.first(.privacy) == "id")
                #expect(request.headers.first("X-Unknown") == "kept,  as; it=\"is\"")
                #expect(request.body == Self.body)
                #expect(response.status == .ok)
                #expect(response.headers.contains(.pChargingVector) == isShown)
            }
        }
    }

    private static let body = Array("hello\r\n".utf8)

    /// - Parameter isAlone: Whether all others are outside of the domain; if not, the trusted ones are in it.
    private static func knowing(_ isAlone: Bool) -> Change {
        Change {
            $0.policy = PeerPolicy(trusted: IPNetwork.everywhere, trustDomain: isAlone ? [] : nil)
        }
    }

    private static func options(_ way: Way, to test: TestStack) -> SIPRequest {
        var request = SIPRequest(method: .options, requestURI: "sip:\(test.loopback.server)", body: body)
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:peer@ims.example>;tag=1")
        request.headers.append(.to, "<sip:\(test.loopback.server)>")
        request.headers.append(.callID, "1@\(test.loopback.network)")
        request.headers.append(.cSeq, "1 OPTIONS")
        request.headers.append(.pAssertedIdentity, "<sip:alice@ims.example>")
        request.headers.append(.pChargingVector, BusyUser.chargingVector)
        request.headers.append(.privacy, "id")
        request.headers.append("X-Unknown", "kept,  as; it=\"is\"")
        request.headers.append(.contentType, "text/plain")
        if way == .largeByUDP { request.headers.append("X-Padding", String(repeating: "x", count: 1_300)) }
        return request
    }
}
