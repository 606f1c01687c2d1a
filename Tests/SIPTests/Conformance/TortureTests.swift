import SIP
import Testing
import Timing

/// What a UAS with our methods and extensions does with a datagram: the endpoint's part, then the checks that RFC
/// 3261 §8.2 gives to the transaction user.
private func reaction(to bytes: [UInt8]) -> String {
    var peer = Peer()
    let message: SIPMessage
    do throws(SIPParseError) {
        message = try SIPMessage(parsing: bytes)
    } catch {
        return SIPResponse.refusing(malformed: bytes, because: error).map(\.status.description) ?? "discard"
    }
    peer.receive(message)
    let out = peer.take()
    if let answer = out.responses.first {
        // A request of a dialog that we never had has been read to the end.
        let isInDialog = (try? message.headers.address(.to))?.tag != nil
        return isInDialog && answer.status == .callDoesNotExist ? "accept" : answer.status.description
    }
    guard case .request(_, let request, _)? = out.events.first else { return "discard" }
    return userReaction(to: request)
}

/// Whether a response that nothing waits for passes framing and the reading of the fields it is matched by.
private func isReadableResponse(_ message: SIPMessage) -> Bool {
    guard let response = message.asResponse else { return false }
    return (try? response.headers.topVia()) != nil && (try? response.headers.cSeq()) != nil
}

private func userReaction(to request: SIPRequest) -> String {
    let known: [SIPMethod] = [.invite, .options, .register, .message]
    guard known.contains(request.method) else { return "501" }
    if case .other = try? request.uri().scheme { return "416" }
    if request.headers.contains(.require) { return "420" }
    if request.method == .invite, let type = request.headers.first(.contentType), type != "application/sdp" {
        return "415"
    }
    let accept = request.headers.splitValues(.accept)
    if request.method == .invite, !accept.isEmpty, !accept.contains("application/sdp") { return "406" }
    return "accept"
}

private func check(_ message: TortureMessage) {
    var got = reaction(to: message.bytes)
    if got == "discard", let parsed = try? SIPMessage(parsing: message.bytes), message.expected == ["accept"] {
        got = isReadableResponse(parsed) ? "accept" : "discard"
    }
    #expect(message.expected.contains(got) || message.expected == ["-"], "\(message.section) \(message.name): \(got)")
}

@Suite("Published torture messages")
struct PublishedTortureTests {
    static let absent: Comment = "the published messages are not beside the package: ../shared/conformance"

    @Test("RFC 4475", .enabled(if: !TortureCorpus.rfc4475.isEmpty, absent), arguments: TortureCorpus.rfc4475)
    func rfc4475(_ message: TortureMessage) { check(message) }

    @Test("RFC 5118", .enabled(if: !TortureCorpus.rfc5118.isEmpty, absent), arguments: TortureCorpus.rfc5118)
    func rfc5118(_ message: TortureMessage) { check(message) }

    @Test(
        "What parses and states its length leaves as it came",
        .enabled(if: !TortureCorpus.rfc4475.isEmpty, absent),
        arguments: TortureCorpus.rfc4475 + TortureCorpus.rfc5118
    )
    func roundTrip(_ message: TortureMessage) throws {
        guard let parsed = try? SIPMessage(parsing: message.bytes), parsed.headers.contains(.contentLength) else {
            return
        }
        let written = parsed.serialized()
        #expect(Array(message.bytes.prefix(written.count)) == written)
    }
}

/// Messages of our own, one for each kind of torture.
@Suite("Torture of every kind (RFC 4475, RFC 5118)")
struct OwnTortureTests {
    static let base = Peer.invite(method: "OPTIONS")

    static let cases: [(kind: String, text: String, expected: String)] = [
        (
            "§3.1.1.1 white space and folds",
            base.replacing("To: ", with: "TO :\n   ").replacing(";tag=alice", with: "  ;\n tag = alice"), "accept"
        ),
        (
            "§3.1.1.2 wide character ranges",
            Peer.invite(method: "!odd.Method-_*+`%~'").replacing("bob@192", with: "b(o)&b=+$,/;?:@192"), "501"
        ),
        ("§3.1.1.3 escapes", base.replacing("sip:bob@", with: "sip:%62o%2562@"), "accept"),
        ("§3.1.1.4 escaped NUL", base.replacing("sip:alice@192", with: "sip:a%00b@192"), "accept"),
        ("§3.1.1.5 % is no escape in a method", Peer.invite(method: "OP%54IONS"), "501"),
        ("§3.1.1.6 no space before <", base.replacing("To: <", with: "To: Bob<"), "accept"),
        ("§3.1.1.7 long values", base.replacing("call@", with: String(repeating: "c", count: 2_000) + "@"), "accept"),
        ("§3.1.1.8 octets behind the body", base + "INVITE sip:x@y SIP/2.0\n\n", "accept"),
        ("§3.1.1.9 semicolon in the user part", base.replacing("sip:bob@", with: "sip:bob;par=u%40x@"), "accept"),
        (
            "§3.1.1.10 unknown transports",
            base.replacing("Max-F", with: "Via: SIP/2.0/CARRIER-PIGEON p;branch=z9hG4bKp\nMax-F"), "accept"
        ),
        ("§3.1.2.1 stray separators in Via", base.replacing("branch=z9hG4bKa", with: ";;,;,,"), "400"),
        ("§3.1.2.2 body shorter than said", base.replacing("Length: 0", with: "Length: 9999"), "400"),
        ("§3.1.2.3 negative length", base.replacing("Length: 0", with: "Length: -999"), "400"),
        ("§3.1.2.4 overlarge CSeq", base.replacing("CSeq: 1 ", with: "CSeq: 36893488147419103232 "), "400"),
        (
            "§3.1.2.5 overlarge CSeq in a response",
            base.replacing("OPTIONS sip:bob@192.0.2.1 SIP/2.0", with: "SIP/2.0 503 No").replacing(
                "CSeq: 1 ", with: "CSeq: 9292394834772304023312 "), "discard"
        ),
        ("§3.1.2.6 open quote", base.replacing("To: <", with: "To: \"Bob <"), "400"),
        ("§3.1.2.7 <> around the Request-URI", base.replacing("sip:bob@192.0.2.1", with: "<sip:bob@192.0.2.1>"), "400"),
        (
            "§3.1.2.8 space in the Request-URI", base.replacing("sip:bob@192.0.2.1", with: "sip:bob@192.0.2.1; lr"),
            "400"
        ),
        ("§3.1.2.9 spaces in the start line", base.replacing("OPTIONS sip", with: "OPTIONS  sip"), "400"),
        ("§3.1.2.10 space behind the start line", base.replacing("SIP/2.0\nVia", with: "SIP/2.0 \nVia"), "400"),
        (
            "§3.1.2.11 headers in the Request-URI",
            base.replacing("sip:bob@192.0.2.1", with: "sip:bob@192.0.2.1?Route=%3Csip:x%3E"), "accept"
        ),
        ("§3.1.2.14 spaces in an address", base.replacing("<sip:bob@", with: "< sip:bob@"), "400"),
        ("§3.1.2.15 display name that is no token", base.replacing("To: <", with: "To: Bell, Alexander <"), "400"),
        ("§3.1.2.16 version", base.replacing("SIP/2.0\n", with: "SIP/7.0\n"), "505"),
        ("§3.1.2.17 CSeq names another method", base.replacing("1 OPTIONS", with: "1 INVITE"), "400"),
        (
            "§3.1.2.19 status wider than 32 bits",
            base.replacing("OPTIONS sip:bob@192.0.2.1 SIP/2.0", with: "SIP/2.0 4294967301 better not"), "discard"
        ),
        ("§3.2.1 branch of the cookie alone", base.replacing("z9hG4bKa", with: "z9hG4bK"), "accept"),
        ("§3.3.1 required fields missing", base.replacing("Call-ID: call@192.0.2.9\n", with: ""), "400"),
        ("§3.3.2 unknown scheme", base.replacing("sip:bob@192.0.2.1", with: "unknown:anything"), "416"),
        ("§3.3.5 unknown extension", base.replacing("Max-F", with: "Require: nothing\nMax-F"), "420"),
        ("§3.3.8 required fields twice", base.replacing("To: ", with: "To: <sip:x@y>\nTo: "), "400"),
        ("§3.3.9 two lengths", base.replacing("Content-Length: 0", with: "Content-Length: 0\nl: 5"), "400"),
        ("§3.3.11 Max-Forwards 0", base.replacing("70", with: "0"), "accept"),
        (
            "§3.4.1 RFC 2543",
            base.replacing(";branch=z9hG4bKa", with: "").replacing(";tag=alice", with: "").replacing(
                "Max-Forwards: 70\n", with: ""), "accept"
        ),
        (
            "RFC 5118 §4.1 IPv6 references",
            base.replacing("192.0.2.9", with: "[2001:db8::9]").replacing(
                "sip:bob@192.0.2.1", with: "sip:[2001:db8::10]"), "accept"
        ),
        ("RFC 5118 §4.2 IPv6 without brackets", base.replacing("sip:bob@192.0.2.1", with: "sip:2001:db8::10"), "400"),
        (
            "RFC 5118 §4.3 port inside the brackets",
            base.replacing("sip:bob@192.0.2.1", with: "sip:[2001:db8::10:5070]"), "accept"
        ),
        (
            "RFC 5118 §4.5 received with brackets",
            base.replacing("branch=z9hG4bKa", with: "received=[2001:db8::9:255];branch=z9hG4bKa"), "accept"
        ),
        (
            "RFC 5118 §4.10 three colons",
            base.replacing("branch=z9hG4bKa", with: "received=[2001:db8:::192.0.2.1];branch=z9hG4bKa"), "accept"
        ),
    ]

    @Test("Reaction", arguments: cases.map(\.kind))
    func reacts(_ kind: String) throws {
        let item = try #require(Self.cases.first { $0.kind == kind })
        #expect(reaction(to: wire(item.text)) == item.expected)
    }
}
