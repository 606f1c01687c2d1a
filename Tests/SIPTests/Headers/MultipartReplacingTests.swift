import SIP
import Testing

@Suite("Another session description in a multipart body (RFC 5621)")
struct MultipartReplacingTests {
    private static let type = "multipart/mixed;boundary=\"b1\";charset=x"

    private static func body(_ parts: String...) -> [UInt8] {
        Array((parts.map { "--b1\r\n\($0)\r\n" }.joined() + "--b1--\r\n").utf8)
    }

    private func replaced(_ body: [UInt8], by description: String) throws -> (type: MediaType, body: [UInt8])? {
        let type = try MediaType(parsing: Self.type, field: .contentType)
        var parts = try Multipart(parsing: body, contentType: type)
        guard parts.replaceFirst("application", "sdp", with: Array(description.utf8)) else { return nil }
        return parts.serialized(as: type)
    }

    @Test("It stands where the other one stood; what is beside it stays")
    func beside() throws {
        let body = Self.body(
            "Content-Type: application/x\r\n\r\none", "Content-Type: application/sdp\r\nContent-Length: 3\r\n\r\nold")
        let (type, octets) = try #require(try replaced(body, by: "newer"))
        let parts = try Multipart(parsing: octets, contentType: type).parts
        #expect(parts.map(\.body) == [Array("one".utf8), Array("newer".utf8)])
        #expect(!parts[1].headers.contains(.contentLength))
        #expect(type.parameters["charset"] == "x")
        #expect(type.boundary == "b1")
    }

    @Test("Also in a part that is multipart itself")
    func nested() throws {
        let body = Self.body(
            "Content-Type: text/plain\r\n\r\none",
            "Content-Type: multipart/alternative;boundary=in\r\n\r\n"
                + "--in\r\nContent-Type: application/sdp\r\n\r\nold\r\n--in--")
        let (type, octets) = try #require(try replaced(body, by: "--b1"))
        // The boundary is another one, because the part has the first one in it.
        #expect(type.boundary != "b1")
        let read = try Multipart(parsing: octets, contentType: type)
        #expect(read.first("application", "sdp")?.body == Array("--b1".utf8))
        #expect(read.leaves.count == 2)
    }

    @Test("Where there is none nothing changes")
    func none() throws {
        #expect(try replaced(Self.body("Content-Type: text/plain\r\n\r\none"), by: "new") == nil)
    }
}
