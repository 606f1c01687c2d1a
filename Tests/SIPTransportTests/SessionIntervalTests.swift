import Foundation
import RawPeers
import SIP
import SIPTransport
import Testing

@Suite("An INVITE whose session interval is too small for somebody on its way (RFC 4028 §7.3)")
struct SessionIntervalTests {
    @Test("It goes out again with what each of them asks for, and no more when one asks for nothing new")
    func rounds() async throws {
        try await TestStack.run { test in
            let peer = try await RawPeer.udp(from: test.loopback.peer, to: test.loopback.server, test.udpPort)
            let hop = Hop(transport: .udp, host: test.loopback.peer, port: await peer.port)
            let leg = await test.stack.invite(Self.invite(test), to: hop)
            try await Self.refuse(1, minimum: 2_000, peer)
            try await Self.refuse(2, minimum: 3_000, peer)
            try await Self.refuse(3, minimum: 3_000, peer)
            var isRejected = false
            for await event in leg.events {
                if case .rejected = event { isRejected = true }
            }
            #expect(isRejected)
            let last = try #require(Self.invite(3, in: peer))
            #expect(last.headers.first(.minSE) == "3000")
            #expect(try last.headers.sessionExpires()?.interval == 3_000)
            #expect(last.headers.splitValues(.supported).count { $0 == "timer" } == 1)
            #expect(Self.invite(4, in: peer) == nil)
            await peer.close()
        }
    }

    @Test("After a challenge the number goes up by one more (RFC 3261 §22.2)")
    func challenged() async throws {
        let account = DigestClient.Account(realm: "pbx", username: "as", password: "secret")
        let hosts = (1...254).map { "127.\(16 + Int(getpid()) % 200).\($0)" }
        let change = Change { configuration in
            // The address of the peer is of the test's network, whichever that is.
            for host in hosts { configuration.accounts["\(host).2"] = [account] }
        }
        try await TestStack.run(configure: change) { test in
            let peer = try await RawPeer.udp(from: test.loopback.peer, to: test.loopback.server, test.udpPort)
            let hop = Hop(transport: .udp, host: test.loopback.peer, port: await peer.port)
            let leg = await test.stack.invite(Self.invite(test), to: hop)
            try await Self.answer(1, .unauthorized, peer) {
                $0.append("WWW-Authenticate", "Digest realm=\"pbx\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"")
            }
            try await Self.refuse(2, minimum: 2_000, peer)
            try await Self.answer(3, .busyHere, peer) { _ in }
            for await _ in leg.events {}
            let last = try #require(Self.invite(3, in: peer))
            #expect(last.headers.first(.minSE) == "2000")
            #expect(last.headers.contains("Authorization"))
            let authorized = try #require(Self.invite(2, in: peer))
            #expect(authorized.headers.first(.minSE) != "2000")
            await peer.close()
        }
    }

    private static func invite(_ test: TestStack) -> SIPRequest {
        var request = SIPRequest(method: .invite, requestURI: "sip:\(test.loopback.peer)")
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:caller@ims.example>")
        request.headers.append(.to, "<sip:\(test.loopback.peer)>")
        return request
    }

    /// Waits for the INVITE with this CSeq number, and answers 422.
    private static func refuse(_ sequence: Int, minimum: Int, _ peer: RawPeer) async throws {
        try await answer(sequence, .sessionIntervalTooSmall, peer) { $0.append(.minSE, "\(minimum)") }
    }

    /// Waits for the INVITE with this CSeq number, and answers it.
    private static func answer(
        _ sequence: Int, _ status: StatusCode, _ peer: RawPeer, _ change: (inout SIPHeaders) -> Void
    ) async throws {
        #expect(await eventually { invite(sequence, in: peer) != nil })
        let request = try #require(invite(sequence, in: peer))
        var response = SIPResponse(status, to: request, toTag: "\(sequence)")
        change(&response.headers)
        try await peer.send(response.serialized())
    }

    private static func invite(_ sequence: Int, in peer: RawPeer) -> SIPRequest? {
        let texts = peer.text.split(separator: "\r\n\r\n").filter {
            $0.hasPrefix("INVITE ") && $0.contains("CSeq: \(sequence) INVITE")
        }
        guard let text = texts.first,
            case .request(let request)? = try? SIPMessage(parsing: Array("\(text)\r\n\r\n".utf8))
        else { return nil }
        return request
    }
}
