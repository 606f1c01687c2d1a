import SIP
import Testing
import Timing
import TortureMessages

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

/// Messages of our own, one for each message of RFC 4475 (49) and RFC 5118 (12): `Tests/Fixtures/SIP/torture`.
@Suite("Torture messages of our own")
struct OwnTortureTests {
    @Test("There is one for each message of both")
    func count() {
        #expect(TortureCorpus.own.filter { $0.section.hasPrefix("RFC 4475 ") }.count == 49)
        #expect(TortureCorpus.own.filter { $0.section.hasPrefix("RFC 5118 ") }.count == 12)
        #expect(Set(TortureCorpus.own.map(\.section)).count == 59, "RFC 5118 has two messages in §4.5 and in §4.10")
    }

    @Test("Reaction", arguments: TortureCorpus.own)
    func reacts(_ message: TortureMessage) { check(message) }

    @Test("On a stream that brings one octet at a time, the same message comes out", arguments: TortureCorpus.own)
    func stream(_ message: TortureMessage) throws {
        guard let parsed = try? SIPMessage(parsing: message.bytes), parsed.headers.contains(.contentLength) else {
            return
        }
        var framer = StreamFramer()
        var frames: [SIPMessage] = []
        for octet in message.bytes {
            framer.append([octet])
            while case .message(let message)? = try framer.next() { frames.append(message) }
        }
        #expect(frames.first == parsed)
        // What is noise behind a datagram is the next message on a stream (RFC 4475 §3.1.1.8).
        #expect(frames.count == (message.section == "RFC 4475 §3.1.1.8" ? 2 : 1))
    }

    /// The one message of a section.
    private func message(_ section: String) throws -> SIPMessage {
        try SIPMessage(parsing: #require(TortureCorpus.own.first { $0.section == section }).bytes)
    }

    @Test("§3.1.1.1: white space and folds do not change the values")
    func whiteSpace() throws {
        let headers = try message("RFC 4475 §3.1.1.1").headers
        #expect(try headers.vias().map(\.transport) == ["TCP", "UDP"])
        #expect(try headers.vias().map(\.branch) == ["z9hG4bK-t1", "z9hG4bK-t1b"])
        #expect(try headers.address(.from).displayName == #"Caller \ "one""#)
        #expect(try headers.address(.from).tag == "f1")
        #expect(try headers.address(.to).parameters.unquoted("kind") == #"ab" ; c"#)
        #expect(try headers.addresses(.route).count == 3)
        #expect(try headers.addresses(.contact).first?.parameters["q"] == "0.5")
        #expect(try headers.maxForwards() == 68)
        #expect(try headers.cSeq() == CSeq(number: 12, method: .invite))
        #expect(headers.first(.subject)?.isEmpty == true)
    }

    @Test(
        "§3.1.1.3, §3.1.1.4, §3.1.1.9: escapes are resolved once, in the user part, and a NUL is an octet like others")
    func escapes() throws {
        #expect(try message("RFC 4475 §3.1.1.3").asRequest?.uri().unescapedUser == "callee")
        #expect(try message("RFC 4475 §3.1.1.3").headers.address(.from).uri.unescapedUser == "a%62c")
        let contacts = try message("RFC 4475 §3.1.1.4").headers.addresses(.contact)
        #expect(contacts.map(\.uri.unescapedUser) == ["\0", "\0\0"])
        #expect(try message("RFC 4475 §3.1.1.9").asRequest?.uri().unescapedUser == "callee;kind=c@example.net")
    }

    @Test("§3.1.1.5: a percent sign in a method or a field name is no escape")
    func percentInNames() throws {
        let message = try message("RFC 4475 §3.1.1.5")
        #expect(message.asRequest?.method == "OP%54IONS")
        #expect(try message.headers.addresses(.contact).map(\.uri.user) == ["one", "three"])
        #expect(message.headers.contains("Con%74act"))
    }

    @Test("§3.1.1.10: a transport that nobody knows is read")
    func transports() throws {
        let vias = try message("RFC 4475 §3.1.1.10").headers.vias()
        #expect(vias.map(\.transport) == ["UDP", "TCP", "TLS", "SCTP", "PIGEON-POST"])
    }

    @Test("§3.1.1.11: a part may hold NUL and what looks like a boundary")
    func multipart() throws {
        let parts = try #require(try message("RFC 4475 §3.1.1.11").multipart()).parts
        #expect(
            parts.map(\.body) == [Array("A plain part".utf8), [0x00, 0x01, 0xFF] + Array("\r\n--limit\r\n\0".utf8)])
    }

    @Test("§3.1.1.12, §3.1.1.13: any text is a reason phrase, and so is none")
    func reasonPhrases() throws {
        let phrase = try message("RFC 4475 §3.1.1.12").asResponse?.reasonPhrase
        #expect(phrase == "= 5 * 3 %20 über; \"не\" <ok>")
        #expect(try message("RFC 4475 §3.1.1.13").asResponse?.reasonPhrase.isEmpty == true)
    }

    @Test("§3.3.12 to §3.3.14: parameters belong to the field without angle brackets and to the URI inside them")
    func contactParameters() throws {
        let outside = try message("RFC 4475 §3.3.12").headers.address(.contact)
        #expect(outside.parameters.contains("outside") && outside.uri.parameters.isEmpty)
        let inside = try message("RFC 4475 §3.3.13").headers.address(.contact)
        #expect(inside.uri.parameters.contains("inside") && inside.parameters.isEmpty)
        let fields = try message("RFC 4475 §3.3.14").headers.address(.contact).uri.headerFields
        #expect(fields.map(\.name) == ["Route"])
        #expect(fields.map(\.value) == ["<sip:hop.example.net>"])
    }

    @Test("RFC 5118 §4.3, §4.4: what stands inside the brackets is the address, what stands behind them the port")
    func ports() throws {
        let inside = try #require(try message("RFC 5118 §4.3").asRequest?.uri())
        #expect(inside.host == "2001:db8::10:5070" && inside.port == nil)
        let outside = try #require(try message("RFC 5118 §4.4").asRequest?.uri())
        #expect(outside.host == "2001:db8::10" && outside.port == 5_070)
    }

    @Test("RFC 5118 §4.5: received is read with brackets and without, and the branch behind it too")
    func received() throws {
        let messages = TortureCorpus.own.filter { $0.section == "RFC 5118 §4.5" }
        let vias = try messages.map { try SIPMessage(parsing: $0.bytes).headers.topVia() }
        #expect(vias.map { $0.parameters["received"] } == ["[2001:db8::65:1]", "2001:db8::66:1"])
        #expect(vias.map(\.branch) == ["z9hG4bK-s65", "z9hG4bK-s66"])
    }
}
