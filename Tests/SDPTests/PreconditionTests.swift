import SDP
import Testing

@Suite("Preconditions (RFC 3312)")
struct PreconditionTests {
    private static func offer(_ attributes: [String]) throws -> SessionDescription {
        let lines =
            [
                "v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0", "m=audio 49170 RTP/AVP 8",
                "a=rtpmap:8 PCMA/8000",
            ] + attributes.map { "a=" + $0 } + [""]
        return try SessionDescription(parsing: Array(lines.joined(separator: "\r\n").utf8))
    }

    /// As a VoLTE terminal sends it before its bearer is there (TS 24.229 §6.1.2).
    private static let unreserved = [
        "curr:qos local none", "curr:qos remote none", "des:qos mandatory local sendrecv",
        "des:qos optional remote sendrecv",
    ]
    private static let reserved = ["curr:qos local sendrecv"] + unreserved.dropFirst()

    @Test("None: nothing to wait for")
    func absent() throws {
        #expect(try Self.offer([]).preconditions == nil)
        #expect(try Self.offer(["curr:qos nonsense", "des:other mandatory local sendrecv"]).preconditions == nil)
    }

    @Test("Met once the offerer's own segment is reserved in both directions")
    func met() throws {
        #expect(try Self.offer(Self.unreserved).preconditions?.areMet == false)
        #expect(try Self.offer(Self.reserved).preconditions?.areMet == true)
        let half = ["curr:qos local send"] + Self.unreserved.dropFirst()
        #expect(try Self.offer(half).preconditions?.areMet == false)
        let optional = ["curr:qos local none", "curr:qos remote none", "des:qos optional local sendrecv"]
        #expect(try Self.offer(optional).preconditions?.areMet == true)
    }

    @Test("The answer turns the table round, counts our segment as reserved, and asks to be told (§5.2)")
    func answer() throws {
        let lines = try #require(try Self.offer(Self.unreserved).preconditions).answerAttributes.map { "\($0):\($1)" }
        #expect(
            lines == [
                "curr:qos local sendrecv", "curr:qos remote none", "des:qos mandatory remote sendrecv",
                "des:qos optional local sendrecv", "conf:qos remote sendrecv",
            ])
        let later = try #require(try Self.offer(Self.reserved).preconditions).answerAttributes.map { "\($0):\($1)" }
        #expect(later.prefix(2) == ["curr:qos local sendrecv", "curr:qos remote sendrecv"])
        #expect(!later.contains { $0.hasPrefix("conf") })
    }

    @Test("Directions are mirrored: what the offerer sends we receive")
    func mirrored() throws {
        let offer = try Self.offer(["curr:qos local send", "curr:qos remote none", "des:qos mandatory local recv"])
        let lines = try #require(offer.preconditions).answerAttributes.map { "\($0):\($1)" }
        #expect(lines.contains("curr:qos remote recv"))
        #expect(lines.contains("des:qos mandatory remote send"))
    }

    @Test("A mandatory reservation over the whole path cannot be had (§8)")
    func endToEnd() throws {
        let offer = try Self.offer(["curr:qos e2e none", "des:qos mandatory e2e sendrecv"])
        #expect(offer.preconditions?.cannotBeMet == true)
        #expect(try Self.offer(Self.unreserved).preconditions?.cannotBeMet == false)
    }

    @Test("The attributes go into the audio stream that is used")
    func written() throws {
        var offer = try Self.offer([])
        offer.appendAudioAttributes([("curr", "qos local sendrecv")])
        #expect(String(decoding: offer.serialized(), as: UTF8.self).hasSuffix("a=curr:qos local sendrecv\r\n"))
    }
}
