import Foundation
import RawPeers
import Testing

@testable import SIPTransport

@Suite("HEP version 3")
struct HEPPacketTests {
    private static func packet(_ payload: String, isIPv6: Bool = false) -> HEPPacket {
        HEPPacket(
            source: isIPv6 ? Array(0..<16) : [192, 0, 2, 1],
            sourcePort: 5_060,
            destination: isIPv6 ? Array(16..<32) : [192, 0, 2, 2],
            destinationPort: 5_061,
            isDatagram: !isIPv6,
            seconds: 0x0102_0304,
            microseconds: 999_999,
            captureID: 2_001,
            correlation: "call@host",
            payload: Array(payload.utf8)
        )
    }

    /// Type to value; `nil` unless the lengths add up.
    private static func chunks(_ bytes: [UInt8]) -> [Int: [UInt8]]? {
        guard bytes.starts(with: "HEP3".utf8), Int(bytes[4]) << 8 | Int(bytes[5]) == bytes.count else { return nil }
        var chunks: [Int: [UInt8]] = [:]
        var rest = bytes[6...]
        while !rest.isEmpty {
            let head = Array(rest.prefix(6))
            let length = Int(head[4]) << 8 | Int(head[5])
            guard head[0] == 0, head[1] == 0, length >= 6, length <= rest.count else { return nil }
            chunks[Int(head[2]) << 8 | Int(head[3])] = Array(rest.prefix(length).dropFirst(6))
            rest = rest.dropFirst(length)
        }
        return chunks
    }

    @Test("Every chunk, IPv4 and IPv6")
    func chunks() throws {
        let four = try #require(Self.packet("OPTIONS sip:a@b SIP/2.0\r\n\r\n").encoded().flatMap(Self.chunks))
        #expect(four[1] == [2] && four[2] == [17] && four[11] == [1])
        #expect(four[3] == [192, 0, 2, 1] && four[4] == [192, 0, 2, 2])
        #expect(four[7] == [0x13, 0xC4] && four[8] == [0x13, 0xC5])
        #expect(four[9] == [1, 2, 3, 4] && four[10] == [0x00, 0x0F, 0x42, 0x3F])
        #expect(four[12] == [0, 0, 7, 0xD1] && four[17] == Array("call@host".utf8))
        #expect(four[15] == Array("OPTIONS sip:a@b SIP/2.0\r\n\r\n".utf8))
        let six = try #require(Self.packet("x", isIPv6: true).encoded().flatMap(Self.chunks))
        #expect(six[1] == [10] && six[2] == [6] && six[5] == Array(0..<16) && six[6] == Array(16..<32))
        #expect(six[3] == nil && six[4] == nil)
    }

    @Test("Credentials are not captured; what looks like them in the body is left")
    func redacted() {
        let message =
            "A\r\naUTHORIZATION : Digest x\r\n\tresponse=y\r\nTo: z\r\nProxy-Authorization:q\r\n\r\nAuthorization: body"
        let expected =
            "A\r\naUTHORIZATION : ****** *\r\n\t**********\r\nTo: z\r\nProxy-Authorization:*\r\n\r\nAuthorization: body"
        #expect(String(decoding: HEPPacket.redacted(Array(message.utf8)), as: UTF8.self) == expected)
    }

    @Test(
        "Nor are they where the message cannot be parsed: behind empty lines, or lines that a CR alone ends",
        arguments: [
            (
                "\r\n\nA\r\nAuthorization: x\r\n\r\nAuthorization: y",
                "\r\n\nA\r\nAuthorization: *\r\n\r\nAuthorization: y"
            ),
            ("A\rAuthorization: xy\r\nTo: z", "A\r************** **\r\nTo: z"),
            ("A\r\nAuthorization: x\ry=z\r\nTo: z", "A\r\nAuthorization: *\r***\r\nTo: z"),
            ("Authorization: x\r", "Authorization: *\r"), ("\r\n", "\r\n"), ("", ""),
        ])
    func redactedMalformed(_ message: String, _ expected: String) {
        #expect(String(decoding: HEPPacket.redacted(Array(message.utf8)), as: UTF8.self) == expected)
    }

    @Test("Keys of session descriptions are not captured")
    func redactedKeys() {
        let message =
            "A\r\n\r\nv=0\r\nk=clear:x\r\nm=audio 1 RTP/SAVP 0\r\na=crypto:1 NULL inline:YQ==|2^20|1:4;inline:Yg X=1\r\n"
            + "A=CRYPTO:2 NULL INLINE:Yg\na=cryptoinline:YQ\r\na=crypto:3 NULL inline:Yw"
        let expected =
            "A\r\n\r\nv=0\r\nk=*******\r\nm=audio 1 RTP/SAVP 0\r\na=crypto:1 NULL inline:*********************** ***\r\n"
            + "A=CRYPTO:2 NULL INLINE:**\na=cryptoinline:YQ\r\na=crypto:3 NULL inline:**"
        #expect(String(decoding: HEPPacket.redacted(Array(message.utf8)), as: UTF8.self) == expected)
    }

    @Test("The stack copies what it receives and sends, with the real addresses")
    func stack() async throws {
        try await Self.capturing { test, peer, server in
            try await peer.send(test.options(from: test.loopback.peer, .udp))
            #expect(await eventually { server.text.components(separatedBy: "HEP3").count == 3 })
            let first = try #require(server.text.components(separatedBy: "OPTIONS sip:").first)
            #expect(first.hasPrefix("HEP3"))
            #expect(server.text.contains("SIP/2.0 200 OK"))
            #expect(await test.stack.statistics.captured == 2)
        }
    }

    @Test("What cannot be parsed is copied as well, and the answer to it")
    func malformed() async throws {
        try await Self.capturing { test, peer, server in
            let text = String(decoding: test.options(from: test.loopback.peer, .udp), as: UTF8.self)
            try await peer.send(Array(text.replacing("Content-Length: 0", with: "Content-Length: -1").utf8))
            #expect(await eventually { server.text.components(separatedBy: "HEP3").count == 3 })
            #expect(server.text.contains("Content-Length: -1") && server.text.contains("SIP/2.0 400 "))
        }
    }

    /// A stack whose messages are copied to `server`, and a peer of it.
    private static func capturing(
        _ body: (TestStack, _ peer: RawPeer, _ server: RawPeer) async throws -> Void
    ) async throws {
        let loopback = Loopback()
        let server = try await RawPeer.udp(from: loopback.server, to: loopback.peer, 9)
        let port = await server.port
        let change = Change { $0.capture = CaptureSettings(host: loopback.server, port: port) }
        try await TestStack.run(configure: change) { test in
            let peer = try await RawPeer.udp(from: test.loopback.peer, to: test.loopback.server, test.udpPort)
            try await body(test, peer, server)
            await peer.close()
        }
        await server.close()
    }

    @Test("What fits no datagram is not sent")
    func tooLong() {
        #expect(Self.packet(String(repeating: "x", count: 65_000)).encoded() == nil)
    }
}
