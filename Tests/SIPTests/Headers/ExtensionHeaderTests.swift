import SIP
import Testing

/// The header section of a message that holds these fields.
private func headers(_ fields: String) throws -> SIPHeaders {
    try request("INVITE sip:a@b SIP/2.0\n\(fields)\n\n").headers
}

@Suite("Headers of dialogs, sessions and events")
struct ExtensionHeaderTests {
    @Test("RSeq and RAck (RFC 3262 §7.1, §7.2)")
    func reliability() throws {
        let section = try headers("RSeq: 4294967295\nRAck: 776656  1 \tINVITE")
        #expect(try section.rSeq() == RSeq(number: 4_294_967_295))
        #expect(try section.rAck() == RAck(rSeq: 776_656, cSeq: CSeq(number: 1, method: .invite)))
        #expect(try section.rAck()?.description == "776656 1 INVITE")
        #expect(try headers("A: b").rAck() == nil)
        for bad in ["RSeq: 0", "RSeq: 4294967296", "RSeq: 1 2", "RSeq: -1"] {
            #expect(throws: SIPParseError.self) { try headers(bad).rSeq() }
        }
        for bad in ["RAck: 1 INVITE", "RAck: 0 1 INVITE", "RAck: 1 2147483648 INVITE", "RAck: 1 1 INVITE x"] {
            #expect(throws: SIPParseError.self) { try headers(bad).rAck() }
        }
    }

    @Test("Session-Expires, Min-SE (RFC 4028 §4, §5) and Retry-After (RFC 3261 §20.33)")
    func sessionTimer() throws {
        let section = try headers(
            "x: 4000 ; Refresher=UAC\nMin-SE: 90;lr\nRetry-After: 18000 (a (nested) note);duration=3600")
        let sessionExpires = try #require(try section.sessionExpires())
        #expect(sessionExpires.interval == 4_000)
        #expect(sessionExpires.refresher == .uac)
        #expect(try section.minSE()?.interval == 90)
        let retryAfter = try #require(try section.retryAfter())
        #expect(retryAfter.delay == 18_000)
        #expect(retryAfter.comment == "a (nested) note")
        #expect(retryAfter.duration == 3_600)
        #expect(retryAfter.description == "18000 (a (nested) note);duration=3600")
        #expect(SessionExpires(interval: 1_800, refresher: .uas).description == "1800;refresher=uas")
        #expect(throws: SIPParseError.self) { try headers("Session-Expires: 90;refresher=me").sessionExpires() }
        #expect(throws: SIPParseError.self) { try headers("Session-Expires: 99999999999").sessionExpires() }
        #expect(throws: SIPParseError.self) { try headers("Retry-After: 5 (open").retryAfter() }
    }

    @Test("Replaces (RFC 3891 §6.1), also in a Refer-To URI")
    func replaces() throws {
        let section = try headers("Replaces: 425928@bobster.example;to-tag=7743 ;from-tag=6472;early-only")
        let replaces = try #require(try section.replaces())
        #expect(replaces.callID == "425928@bobster.example")
        #expect(replaces.toTag == "7743")
        #expect(replaces.fromTag == "6472")
        #expect(replaces.isEarlyOnly)
        #expect(try Replaces(parsing: replaces.description, field: .replaces) == replaces)
        #expect(throws: SIPParseError.self) { try headers("Replaces: a@b;to-tag=1").replaces() }

        var uri = try SIPURI(parsing: "sip:dave@denver.example")
        uri.appendHeaderField("Replaces", replaces.description)
        #expect(uri.description.contains("?Replaces=425928%40bobster.example%3Bto-tag%3D7743"))
        var sending = SIPHeaders()
        sending.append(.referTo, ReferTo(address: NameAddress(uri: uri)))
        #expect(try sending.referTo()?.replaces() == replaces)
        #expect(try sending.referTo()?.method == .invite)
        #expect(try headers("r: <sip:a@b;method=BYE>").referTo()?.method == .bye)
    }

    @Test("Event and Subscription-State (RFC 6665 §8.2.1, §8.2.3)")
    func events() throws {
        let section = try headers(
            "o: presence.winfo ;id=7\nSubscription-State: Terminated;reason=noresource;retry-after=9")
        #expect(try section.event()?.package == "presence.winfo")
        #expect(try section.event()?.matches(EventHeader(package: "presence.winfo", id: "7")) == true)
        #expect(try section.event()?.matches(EventHeader(package: "presence.winfo")) == false)
        let state = try #require(try section.subscriptionState())
        #expect(state.state == .terminated)
        #expect(state.reason == "noresource")
        #expect(state.retryAfter == 9)
        #expect(SubscriptionState(.active, expires: 600).description == "active;expires=600")
        #expect(throws: SIPParseError.self) { try headers("Subscription-State: active;expires=x").subscriptionState() }
    }

    @Test("Reason (RFC 3326 §2) and Privacy (RFC 3323 §4.2)")
    func reasonAndPrivacy() throws {
        let section = try headers(
            "Reason: SIP ;cause=200 ;text=\"Call \\\"completed\\\", elsewhere\", Q.850;cause=16\nPrivacy: ID; critical"
        )
        let reasons = try section.reasons()
        #expect(reasons.map(\.cause) == [200, 16])
        #expect(reasons.first?.text == "Call \"completed\", elsewhere")
        #expect(reasons.last?.isProtocol("q.850") == true)
        #expect(
            ReasonHeader(reasonProtocol: "SIP", cause: 600, text: "a\"b").description == "SIP;cause=600;text=\"a\\\"b\""
        )
        let privacy = try #require(try section.privacy())
        #expect(privacy.contains("id") && privacy.contains("Critical") && !privacy.contains("none"))
        #expect(privacy.description == "id;critical")
        #expect(throws: SIPParseError.self) { try headers("Reason: SIP;cause=x").reasons() }
        #expect(throws: SIPParseError.self) { try headers("Privacy: id;").privacy() }
    }

    @Test("Digest challenge and credentials (RFC 3261 §20.7, §20.44; RFC 8760)")
    func digest() throws {
        let section = try headers(
            """
            WWW-Authenticate: Digest realm="a, \\"b\\"", qop="auth, AUTH-int", nonce="n", opaque="", stale=TRUE,
             algorithm=SHA-256
            WWW-Authenticate: Digest realm="x",nonce="y"
            Authorization: Digest username="bob", realm="r", nonce="n", uri="sip:r", response="00ff", cnonce="c",
             qop=auth, nc=0000000A
            """
        )
        let challenges = try section.authenticateChallenges()
        #expect(challenges.map(\.algorithm) == ["SHA-256", "MD5"])
        #expect(challenges.first?.realm == "a, \"b\"")
        #expect(challenges.first?.qop == ["auth", "auth-int"])
        #expect(challenges.first?.isStale == true)
        for challenge in challenges {
            #expect(try DigestChallenge(parsing: challenge.description, field: .wwwAuthenticate) == challenge)
        }
        let credentials = try #require(try section.authorizations().first)
        #expect(credentials.nonceCount == 10)
        #expect(credentials.username == "bob")
        #expect(try DigestCredentials(parsing: credentials.description, field: .authorization) == credentials)
        for bad in ["Digest realm=\"a\"", "Digest realm=\"a\", realm=\"b\", nonce=\"c\"", "Digest", "Digest realm=\"a"]
        {
            #expect(throws: SIPParseError.self) { try headers("WWW-Authenticate: \(bad)").authenticateChallenges() }
        }
    }

    @Test("An error names the field and counts from the start of the field value")
    func errors() throws {
        let section = try headers("Reason: SIP;cause=200, Q.850;;")
        let error = #expect(throws: SIPParseError.self) { try section.reasons() }
        #expect(error?.field == .reason)
        #expect(error?.offset == 21)
    }
}
