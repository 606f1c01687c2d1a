import SIP
import Testing
import Timing

@Suite("Provisional responses that keep an INVITE alive (RFC 3261 §13.3.1.1)")
struct ProvisionalRepetitionTests {
    private func prack(_ response: SIPResponse, cSeq: Int, body: String = "") throws -> String {
        let rSeq = try #require(try response.headers.rSeq())
        let tag = try #require(try response.headers.address(.to).tag)
        let text = Peer.invite(
            branch: "z9hG4bKp\(cSeq)", cSeq: cSeq, toTag: tag, method: "PRACK", extra: "RAck: \(rSeq.number) 1 INVITE")
        return text.replacing("Content-Length: 0\n\n", with: body.isEmpty ? "Content-Length: 0\n\n" : body)
    }

    /// An INVITE whose reliable 183 with a description is acknowledged.
    private func acknowledged(_ peer: inout Peer, _ fields: String) throws -> (ServerTransactionID, SIPResponse) {
        let id = try peer.invited(Peer.invite(extra: fields))
        var content = MessageContent.description
        content.headers.append("P-Early-Media", "sendrecv")
        _ = peer.endpoint.respond(
            id, .sessionProgress, reason: "Soon", content, reliably: true, at: peer.now, into: &peer.pending)
        let progress = try #require(peer.take().responses.first)
        try peer.receive(try prack(progress, cSeq: 2))
        let request = try #require(peer.take().dialogRequests.first)
        _ = peer.respond(request, .ok)
        _ = peer.take()
        return (id, progress)
    }

    @Test("The last one goes out again every minute, octet for octet, until the final response")
    func unreliable() throws {
        var peer = Peer()
        let id = try peer.invited()
        peer.advance(by: .seconds(1))
        #expect(peer.take().statuses == [100])
        _ = peer.respond(id, .ringing)
        _ = peer.respond(id, .sessionProgress)
        guard case .send(let last, _, _)? = peer.take().last else { return }
        peer.advance(by: .milliseconds(59_999))
        #expect(peer.take().isEmpty)
        peer.advance(by: .milliseconds(1))
        peer.advance(by: .seconds(120))
        let sent = peer.take().compactMap { output -> [UInt8]? in
            guard case .send(let bytes, .reply(Peer.source.at(port: 5_060)), nil) = output else { return nil }
            return bytes
        }
        #expect(sent == [last, last, last])
        _ = peer.respond(id, .busyHere)
        peer.settle()
        #expect(Set(peer.take().statuses) == [486])
        #expect(peer.endpoint.counts == Peer.empty)
        #expect(peer.endpoint.nextTimeout == nil)
    }

    @Test("Another response of the user's begins the minute anew; 100 is not repeated")
    func anew() throws {
        var peer = Peer()
        let id = try peer.invited()
        peer.advance(by: .seconds(300))
        #expect(peer.take().statuses == [100])
        _ = peer.respond(id, .ringing)
        peer.advance(by: .seconds(50))
        _ = peer.respond(id, .queued)
        #expect(peer.take().statuses == [180, 182])
        peer.advance(by: .seconds(59))
        #expect(peer.take().isEmpty)
        peer.advance(by: .seconds(1))
        #expect(peer.take().statuses == [182])
    }

    @Test("One that was reliable is said again without 100rel and without its body")
    func reliable() throws {
        var peer = Peer()
        let (id, progress) = try acknowledged(&peer, "Supported: 100rel")
        peer.advance(by: .seconds(60))
        let again = try #require(peer.take().responses.first)
        #expect(again.status == .sessionProgress && again.reasonPhrase == "Soon")
        #expect(!again.isReliableProvisional && !again.headers.contains(.rSeq) && !again.headers.contains(.require))
        #expect(again.body.isEmpty && !again.headers.contains(.contentType))
        for field in [.via, .from, .to, .callID, .cSeq, .contact, .server, "P-Early-Media"] as [HeaderName] {
            #expect(again.headers.splitValues(field) == progress.headers.splitValues(field))
        }
        peer.advance(by: .seconds(60))
        #expect(peer.take().statuses == [183])
        _ = peer.respond(id, .ok)
        #expect(peer.take().statuses == [200])
    }

    @Test("Where the caller demands 100rel it is a new reliable one after 2.5 minutes (RFC 3262 §3)")
    func demanded() throws {
        var peer = Peer()
        let (id, progress) = try acknowledged(&peer, "Require: 100rel")
        let first = try #require(try progress.headers.rSeq()).number
        for (cSeq, number) in [(3, first + 1), (4, first + 2)] {
            peer.advance(by: .milliseconds(149_999))
            #expect(peer.take().isEmpty)
            peer.advance(by: .milliseconds(1))
            let again = try #require(peer.take().responses.first)
            #expect(again.status == .sessionProgress && again.isReliableProvisional && again.body.isEmpty)
            #expect(try again.headers.rSeq()?.number == number)
            // What the user says meanwhile waits for that PRACK, which the user does not see.
            if cSeq == 4 { _ = peer.endpoint.respond(id, .ringing, reliably: true, at: peer.now, into: &peer.pending) }
            #expect(peer.take().isEmpty)
            try peer.receive(try prack(again, cSeq: cSeq))
            let out = peer.take()
            #expect(out.events.isEmpty)
            #expect(out.statuses == (cSeq == 4 ? [200, 180] : [200]))
            guard cSeq == 4 else { continue }
            try peer.receive(try prack(try #require(out.responses.last), cSeq: 5))
            #expect(peer.take().events.map(\.label) == ["dialog request PRACK"])
        }
    }

    @Test("A PRACK that brings an offer is the user's, whatever it acknowledges (RFC 3262 §5)")
    func offer() throws {
        var peer = Peer()
        _ = try acknowledged(&peer, "Require: 100rel")
        peer.advance(by: .seconds(150))
        let again = try #require(peer.take().responses.first)
        let body = "Content-Type: application/sdp\nContent-Length: 3\n\nv=0"
        try peer.receive(try prack(again, cSeq: 3, body: body))
        #expect(peer.take().events.map(\.label) == ["dialog request PRACK"])
    }

    @Test("While a reliable one waits for its PRACK, only that one is repeated; what was answered in time is gone")
    func outstanding() throws {
        var peer = Peer()
        let id = try peer.invited(Peer.invite(extra: "Require: 100rel"))
        _ = peer.endpoint.respond(id, .ringing, reliably: true, at: peer.now, into: &peer.pending)
        peer.advance(by: .seconds(400))
        #expect(peer.take().statuses.filter { $0 < 200 } == [Int](repeating: 180, count: 7))
        #expect(peer.endpoint.counts == Peer.empty)
        #expect(peer.endpoint.nextTimeout == nil)
    }

    @Test("A repetition that gets no PRACK ends the call as others do (RFC 3262 §3)")
    func silence() throws {
        var peer = Peer()
        _ = try acknowledged(&peer, "Require: 100rel")
        peer.advance(by: .seconds(150 + 32))
        let out = peer.take()
        #expect(out.statuses.contains(504))
        #expect(out.events.map(\.label) == ["ended without PRACK"])
    }
}

extension SIPSource {
    fileprivate func at(port: UInt16) -> SIPSource {
        var copy = self
        copy.port = port
        return copy
    }
}
