import Foundation
import SIP
import Testing

@testable import ApplicationServer

@Suite("What is handed over is intact and harmless on the wire")
struct HandOverWriterTests {
    private static let format = HandOverFormat(
        userToUser: HandOverFormat.UserToUserFormat(),
        headers: ["X-Intent": .intent, "X-Caller": .callerName, "X-Summary": .summary, "X-Record": .record],
        engineHeaders: ["X-Bot"],
        sendsBody: true,
        recordURL: "https://as.example/handovers/"
    )

    private static func handOver(_ text: String) -> HandOver {
        var handOver = HandOver(callID: "a84b4c76e66710@pc33", time: 1_772_269_507, service: "bank")
        handOver.caller = "sip:alice@ims.example"
        handOver.callerName = text
        handOver.intent = text
        handOver.summary = text
        handOver.reason = text
        handOver.variables = [text: text, "amount": text]
        handOver.engineHeaders = [.init(name: "X-Bot", value: text), .init(name: "Route", value: text)]
        handOver.transcript = [HandOver.Line(.caller, text), HandOver.Line(.engine, "Yes.")]
        return handOver
    }

    private static func invite(_ writer: HandOverWriter) throws -> SIPRequest {
        var request = SIPRequest(method: .invite, requestURI: "sip:queue@pbx.example")
        request.headers.append(.via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
        request.headers.append(.from, "<sip:alice@ims.example>;tag=1")
        request.headers.append(.to, "<sip:queue@pbx.example>")
        request.headers.append(.callID, "1")
        request.headers.append(.cSeq, "1 INVITE")
        request.headers.append("x-intent", "what the caller wrote")
        writer.write(into: &request, beside: Array("v=0\r\n".utf8))
        return request
    }

    @Test("A request with hostile texts parses to what was written", arguments: HostileTexts.all)
    func request(_ text: String) throws {
        let request = try Self.invite(HandOverWriter(Self.handOver(text), Self.format))
        guard case .request(let parsed) = try SIPMessage(parsing: request.serialized()) else {
            Issue.record("no request")
            return
        }
        // Content-Length is written last.
        #expect(parsed.headers.fields.dropLast().map(\.name) == request.headers.fields.map(\.name))
        #expect(parsed.headers.fields.dropLast().map(\.value) == request.headers.fields.map(\.value))
        #expect(parsed.headers.all(.via).count == 1)
        #expect(parsed.headers.all("X-Intent").count <= 1)
        #expect(parsed.headers.first("X-Intent") != "what the caller wrote")
        #expect(!parsed.headers.contains(.route))
        let expected = text.onOneLine.cut(to: 256)
        #expect(parsed.headers.first("X-Summary") ?? "" == expected)
        #expect(expected.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        let parts = try #require(try SIPMessage.request(parsed).multipart()).parts
        #expect(parts.count == 2)
        #expect(parts[0].body == Array("v=0\r\n".utf8))
    }

    @Test("JSON holds the text as it was, up to its bound", arguments: HostileTexts.all)
    func json(_ text: String) throws {
        let writer = HandOverWriter(Self.handOver(text), Self.format)
        let object = try JSONSerialization.jsonObject(with: Data(writer.json()))
        let members = try #require(object as? [String: Any])
        let summary = try #require(members["summary"] as? String)
        #expect(Array(text.utf8).starts(with: Array(summary.utf8)))
        #expect(summary.utf8.count > 4_092 || summary == text)
        #expect((members["variables"] as? [String: Any])?.count == 2)
        #expect(writer.json().count < 80_000)
    }

    @Test(
        "User-to-User decodes to the compact form and keeps its size", arguments: HostileTexts.all, [1, 16, 128, 1_000])
    func userToUser(_ text: String, _ limit: Int) throws {
        var format = Self.format
        format.userToUser?.limit = limit
        guard let value = HandOverWriter(Self.handOver(text), format).userToUser() else {
            #expect(limit == 1)
            return
        }
        let parsed = try UserToUser(parsing: value.description, field: .userToUser)
        #expect(parsed.encoding == "hex")
        #expect(parsed.purpose == "isdn-uui")
        #expect(parsed.content == "isdn-uui")
        let octets = try #require(Self.octets(parsed.data))
        #expect(octets.count <= limit)
        #expect(octets.first == 0)
        let compact = try #require(String(validating: octets.dropFirst(), as: UTF8.self))
        #expect(compact.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
    }

    private static func octets(_ hexadecimal: String) -> [UInt8]? {
        var octets: [UInt8] = []
        var rest = hexadecimal[...]
        while !rest.isEmpty {
            guard let octet = UInt8(rest.prefix(2), radix: 16) else { return nil }
            octets.append(octet)
            rest = rest.dropFirst(2)
        }
        return octets
    }

    @Test("The compact form: most telling first, what does not fit is left out")
    func compactForm() {
        var handOver = HandOver(callID: "1@h", time: 0, service: "s")
        handOver.reason = "asks; 50%"
        handOver.language = "de-CH"
        handOver.variables = ["account": "12-34"]
        handOver.summary = "Grüezi 王"
        func compact(_ limit: Int) -> String {
            String(decoding: HandOverWriter(handOver, HandOverFormat()).compactForm(atMost: limit), as: UTF8.self)
        }
        #expect(compact(128) == "I=1@h;R=asks%3B 50%25;L=de-CH;V.account=12-34;S=Grüezi 王")
        #expect(compact(15) == "I=1@h;L=de-CH")
        #expect(compact(55) == "I=1@h;R=asks%3B 50%25;L=de-CH;V.account=12-34;S=Grüezi")
        #expect(compact(4) == "S=Gr")
    }

    @Test("Refer-To carries the fields and comes back whole", arguments: HostileTexts.all)
    func referTo(_ text: String) throws {
        let writer = HandOverWriter(Self.handOver(text), Self.format)
        var uri = try SIPURI(parsing: "sip:queue@pbx.example")
        writer.write(into: &uri)
        #expect(uri.description.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E && $0 != 0x22 })
        let fields = try ReferTo(parsing: "<\(uri)>", field: .referTo).address.uri.headerFields
        let wanted = writer.headers().fields
        #expect(fields.map(\.name) == wanted.map(\.name.rawValue))
        #expect(fields.map(\.value) == wanted.map(\.value))
    }

    @Test("A part that holds the boundary does not end the body")
    func boundary() throws {
        let writer = HandOverWriter(Self.handOver("\r\n--sidetone-hand-over--\r\n"), Self.format)
        let (type, body) = writer.body(beside: Array("s=--sidetone-hand-over--\r\n".utf8))
        let parts = try Multipart(parsing: body, contentType: MediaType(parsing: type, field: .contentType)).parts
        #expect(parts.map(\.body.count) == [26, writer.json().count])
        #expect(parts[1].headers.first(.contentDisposition) == "render;handling=optional")
    }

    @Test(
        "Fields that route, frame, identify or authenticate are never ours",
        arguments: [
            "Via", "v", "route", "Contact", "m", "l", "Content-Length", "P-Asserted-Identity", "p-anything", "Priv-X",
            "Proxy-Authorization", "From", "t", "Replaces", "User-to-User", "X Y", "X:Y", "", "X-\r\nVia", "Ü",
        ])
    func reservedName(_ name: String) {
        #expect(!HandOverFormat.mayBeWritten(name))
        let format = HandOverFormat(headers: [name: .summary], engineHeaders: [name])
        var handOver = HandOver(callID: "1", time: 0, service: "s")
        handOver.summary = "text"
        handOver.engineHeaders = [.init(name: name, value: "text")]
        #expect(HandOverWriter(handOver, format).headers().count == 0)
    }

    @Test("Of a long transcript the end is there, and how much is missing")
    func transcript() throws {
        var handOver = HandOver(callID: "1", time: 0, service: "s")
        handOver.transcript = (0..<100).map {
            HandOver.Line(.caller, "line \($0) " + String(repeating: "x", count: 90))
        }
        let writer = HandOverWriter(handOver, HandOverFormat(maximumTranscript: 1_000))
        let object = try JSONSerialization.jsonObject(with: Data(writer.json())) as? [String: Any]
        let transcript = try #require(object?["transcript"] as? [String: Any])
        #expect(transcript["omitted"] as? Int == 90)
        let lines = try #require(transcript["lines"] as? [[String: String]])
        #expect(lines.count == 10)
        #expect(lines.last?["text"]?.hasPrefix("line 99 ") == true)
        #expect(lines.last?["speaker"] == "caller")
    }

    @Test(
        "Civil time",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1_772_269_507, "2026-02-28T09:05:07Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"), (Int64.max, "9999-12-31T23:59:59Z"), (Int64.min, "0000-01-01T00:00:00Z"),
        ] as [(Int64, String)])
    func time(_ seconds: Int64, _ text: String) {
        #expect(UTCTime(secondsSince1970: seconds).description == text)
    }
}
