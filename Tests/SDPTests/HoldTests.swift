import SDP
import Testing

@Suite("Direction and hold (RFC 3264 §6.1, §8.4)")
struct HoldTests {
    @Test(
        "The answer's direction is what the offer allows of ours",
        arguments: [
            (.sendReceive, .sendReceive, .sendReceive), (.sendOnly, .sendReceive, .receiveOnly),
            (.receiveOnly, .sendReceive, .sendOnly), (.inactive, .sendReceive, .inactive),
            (.sendReceive, .sendOnly, .sendOnly), (.sendOnly, .sendOnly, .inactive),
            (.receiveOnly, .sendOnly, .sendOnly), (.sendReceive, .receiveOnly, .receiveOnly),
            (.sendOnly, .receiveOnly, .receiveOnly), (.receiveOnly, .receiveOnly, .inactive),
            (.sendReceive, .inactive, .inactive),
        ] as [(MediaDirection, MediaDirection, MediaDirection)]
    )
    func answerDirection(offered: MediaDirection, ours: MediaDirection, expected: MediaDirection) throws {
        var local = local
        local.direction = ours
        let session = try offer("m=audio 4000 RTP/AVP 8\na=\(offered.rawValue)")
        let (answer, audio) = try OfferAnswer.answer(to: session, from: local)
        #expect(answer.media[0].lines.direction == expected)
        #expect(audio.direction == expected)
    }

    @Test("A direction of the session counts where the stream has none")
    func sessionDirection() throws {
        let session = try offer("m=audio 4000 RTP/AVP 8", session: "a=sendonly")
        #expect(try OfferAnswer.answer(to: session, from: local).audio.direction == .receiveOnly)
        let own = try offer("m=audio 4000 RTP/AVP 8\na=sendrecv", session: "a=sendonly")
        #expect(try OfferAnswer.answer(to: own, from: local).audio.direction == .sendReceive)
    }

    @Test(
        "An unspecified address is hold, and nothing is sent to it",
        arguments: [("0.0.0.0", "a=sendrecv"), ("0.0.0.0", ""), ("::", ""), ("::ffff:0.0.0.0", ""), ("x.invalid", "")]
    )
    func unspecifiedAddress(address: String, line: String) throws {
        let session = try offer("m=audio 4000 RTP/AVP 8\n\(line)", address: address)
        #expect(session.isHold)
        let (answer, audio) = try OfferAnswer.answer(to: session, from: local)
        #expect(answer.media[0].lines.direction == .receiveOnly)
        #expect(audio.direction == .receiveOnly)
        #expect(audio.remoteAddress == "0.0.0.0")
    }

    @Test(
        "What is hold",
        arguments: [
            ("a=sendonly", true), ("a=inactive", true), ("a=recvonly", false), ("a=sendrecv", false), ("", false),
        ]
    )
    func isHold(line: String, expected: Bool) throws {
        #expect(try offer("m=audio 4000 RTP/AVP 8\n\(line)").isHold == expected)
    }

    @Test("A description without active audio is no hold")
    func noAudio() throws {
        #expect(try !offer("m=audio 0 RTP/AVP 8\na=inactive").isHold)
    }

    @Test("Hold, and retrieve")
    func holdAndRetrieve() throws {
        let first = OfferAnswer.offer(local)
        let hold = first.holding()
        #expect(hold.isHold)
        #expect(hold.origin.sessionVersion == first.origin.sessionVersion + 1)
        #expect(hold.media[0].lines.direction == .sendOnly)
        #expect(first.deactivated().media[0].lines.direction == .inactive)

        let answer = try offer("m=audio 4000 RTP/AVP 8\na=recvonly")
        #expect(try OfferAnswer.accept(answer, to: hold, local: local).direction == .sendOnly)
        // A peer that answers as if nothing had been asked does not get us to receive.
        let deaf = try offer("m=audio 4000 RTP/AVP 8\na=sendrecv")
        #expect(try OfferAnswer.accept(deaf, to: hold, local: local).direction == .sendOnly)
        let zero = try offer("m=audio 4000 RTP/AVP 8", address: "0.0.0.0")
        #expect(try OfferAnswer.accept(zero, to: first, local: local).direction == .receiveOnly)
    }

    @Test("A description passed on names our session and may send media elsewhere")
    func relay() throws {
        let session = try offer("m=audio 4000 RTP/AVP 8\nc=IN IP4 192.0.2.8\na=rtcp:4009\nm=video 0 RTP/AVP 31")
        let origin = Origin(sessionID: 7, sessionVersion: 3, address: "198.51.100.1")
        let relayed = session.relayed(as: origin)
        #expect(relayed.origin == origin)
        #expect(relayed.media == session.media)
        let moved = relayed.redirectingAudio(to: "198.51.100.1", port: 20_002)
        #expect(moved.connection(of: moved.media[0])?.address == "198.51.100.1")
        #expect(moved.media.map(\.port) == [20_002, 0])
        #expect(moved.media[0].rtcpPort == 20_003)
    }
}
