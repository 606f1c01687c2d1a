import SIP
import Testing
import Timing

/// Early dialogs of one INVITE that several parties behind us answer (RFC 3261 §12.1, RFC 3262 §3).
@Suite("Forked answers")
struct ForkedAnswerTests {
    private let reliable = "Supported: 100rel\nRequire: 100rel"

    /// An INVITE of the peer that waits for its answer.
    private func invited(_ peer: inout Peer, extra: String = "") throws -> ServerTransactionID {
        try peer.receive(Peer.invite(extra: extra))
        for case .request(let id, _, _) in peer.take().events { return id }
        throw SIPParseError(.malformedStartLine)
    }

    private func answer(
        _ peer: inout Peer,
        _ id: ServerTransactionID,
        _ status: StatusCode,
        _ fork: String,
        reliably: Bool = false
    ) throws -> SIPResponse {
        let (now, content) = (peer.now, status.isSuccess ? MessageContent.description : .empty)
        peer.endpoint.respond(
            id, status, content, reliably: reliably, fork: fork, at: now, into: &peer.pending)
        return try #require(peer.take().responses.last)
    }

    private func tag(_ response: SIPResponse) throws -> String { try #require(response.headers.address(.to).tag) }

    private func inDialog(_ method: String, _ tag: String, cSeq: Int, extra: String = "") -> String {
        Peer.invite(branch: "z9hG4bK\(method)\(cSeq)\(tag)", cSeq: cSeq, toTag: tag, method: method, extra: extra)
    }

    @Test("Each fork has a To tag; a fork keeps its own")
    func tags() throws {
        var peer = Peer()
        let id = try invited(&peer)
        let first = try tag(answer(&peer, id, .ringing, "f1"))
        let second = try tag(answer(&peer, id, .ringing, "f2"))
        #expect(first != second)
        #expect(try tag(answer(&peer, id, .sessionProgress, "f1")) == first)
        #expect(try tag(answer(&peer, id, .sessionProgress, "f2")) == second)
        #expect(peer.endpoint.counts.dialogs == 2)
        let dialog = try #require(peer.endpoint.dialog(ofFork: "f1", in: id))
        #expect(dialog.localTag == first)
        #expect(peer.endpoint.fork(of: dialog) == "f1")
    }

    @Test("A 2xx confirms one early dialog and ends the others")
    func success() throws {
        var peer = Peer()
        let id = try invited(&peer)
        let first = try tag(answer(&peer, id, .ringing, "f1"))
        let second = try tag(answer(&peer, id, .ringing, "f2"))
        #expect(try tag(answer(&peer, id, .ok, "f1")) == first)
        #expect(peer.endpoint.counts.dialogs == 1)
        try peer.receive(inDialog("ACK", first, cSeq: 1))
        #expect(peer.take().events.map(\.label) == ["acknowledged"])
        try peer.receive(inDialog("INFO", second, cSeq: 2))
        #expect(peer.take().statuses == [481])
        try peer.receive(inDialog("INFO", first, cSeq: 2))
        #expect(peer.take().events.map(\.label) == ["dialog request INFO"])
    }

    @Test("A fork that is heard of by its 2xx only has a tag of its own")
    func lateFork() throws {
        var peer = Peer()
        let id = try invited(&peer)
        let first = try tag(answer(&peer, id, .ringing, "f1"))
        #expect(try tag(answer(&peer, id, .ok, "f2")) != first)
        #expect(peer.endpoint.counts.dialogs == 1)
    }

    @Test("A refusal ends all of them")
    func refusal() throws {
        var peer = Peer()
        let id = try invited(&peer)
        _ = try answer(&peer, id, .ringing, "f1")
        _ = try answer(&peer, id, .ringing, "f2")
        #expect(try answer(&peer, id, .busyHere, "f2").status == .busyHere)
        #expect(peer.endpoint.counts.dialogs == 0)
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("Reliable responses count for each fork, and wait for its own PRACK only")
    func reliableResponses() throws {
        var peer = Peer()
        let id = try invited(&peer, extra: reliable)
        let first = try answer(&peer, id, .ringing, "f1", reliably: true)
        // The first one's PRACK has not come: another fork does not wait for it.
        let second = try answer(&peer, id, .ringing, "f2", reliably: true)
        let (firstTag, secondTag) = (try tag(first), try tag(second))
        #expect(firstTag != secondTag)
        let rSeq = try #require(try second.headers.rSeq()).number
        try peer.receive(inDialog("PRACK", secondTag, cSeq: 2, extra: "RAck: \(rSeq) 1 INVITE"))
        let events = peer.take().events
        #expect(events.map(\.label) == ["dialog request PRACK"])
        guard case .dialogRequest(let prack, let dialog, _)? = events.first else { return }
        #expect(peer.endpoint.fork(of: dialog) == "f2")
        // While f1 has the turn, what f2 held back still leaves with f2's tag.
        let (now, later) = (peer.now, MessageContent.empty)
        peer.endpoint.respond(
            id, .sessionProgress, later, reliably: true, fork: "f2", at: now, into: &peer.pending)
        #expect(peer.take().statuses.isEmpty)
        peer.endpoint.respond(id, .ringing, fork: "f1", at: now, into: &peer.pending)
        _ = peer.take()
        peer.endpoint.respond(prack, .ok, at: now, into: &peer.pending)
        let released = peer.take().responses
        #expect(released.map(\.status.rawValue) == [200, 183])
        #expect(try released.last.map { try tag($0) } == secondTag)
        #expect(try released.last?.headers.rSeq()?.number == rSeq + 1)
    }

    @Test("A BYE in one early dialog leaves the INVITE to the others; in the last one it ends it")
    func byeInOne() throws {
        var peer = Peer()
        let id = try invited(&peer)
        let first = try tag(answer(&peer, id, .ringing, "f1"))
        let second = try tag(answer(&peer, id, .ringing, "f2"))
        try peer.receive(inDialog("BYE", second, cSeq: 2))
        #expect(peer.take().statuses == [200])
        #expect(peer.endpoint.counts.dialogs == 1)
        // The fork may answer after all: in a dialog that the caller hears of for the first time.
        #expect(try tag(answer(&peer, id, .sessionProgress, "f2")) != second)
        try peer.receive(inDialog("BYE", try tag(answer(&peer, id, .ringing, "f2")), cSeq: 3))
        #expect(peer.take().statuses == [200])
        try peer.receive(inDialog("BYE", first, cSeq: 4))
        #expect(peer.take().statuses.sorted() == [200, 487])
    }

    @Test("CANCEL ends all early dialogs")
    func cancel() throws {
        var peer = Peer()
        let id = try invited(&peer)
        _ = try answer(&peer, id, .ringing, "f1")
        _ = try answer(&peer, id, .ringing, "f2")
        try peer.receive(Peer.invite(method: "CANCEL"))
        #expect(peer.take().statuses == [200, 487])
        #expect(peer.endpoint.counts.dialogs == 0)
    }

    @Test("No more than 32 dialogs come of one INVITE")
    func limit() throws {
        var peer = Peer()
        let id = try invited(&peer)
        for number in 0..<40 { _ = try answer(&peer, id, .ringing, "f\(number)") }
        #expect(peer.endpoint.counts.dialogs == 32)
    }
}
