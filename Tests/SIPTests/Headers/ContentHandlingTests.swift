import SIP
import Testing

@Suite("Bodies that a receiver may leave unread (RFC 3261 §20.11)")
struct ContentHandlingTests {
    private func request(
        _ disposition: String?,
        _ type: String = "application/pidf+xml",
        _ body: String = "<a/>"
    ) -> SIPRequest {
        var request = SIPRequest(method: .invite, requestURI: "sip:a@b", body: Array(body.utf8))
        request.headers.append(.contentType, type)
        if let disposition { request.headers.append(.contentDisposition, disposition) }
        return request
    }

    @Test(
        "What Content-Disposition says",
        arguments: [
            ("render;handling=optional", true), ("render; HANDLING = Optional", true),
            ("render;handling=\"optional\"", true), ("render;handling=required", false), ("render", false),
            ("render;handling", false), (";handling=optional", false), (nil, false),
        ])
    func disposition(_ text: String?, _ isOptional: Bool) {
        #expect(request(text).isContentOptional == isOptional)
        #expect(!request(text, "text/plain", "").isContentOptional)
    }

    @Test("Of a multipart body each part has to say so")
    func multipart() {
        func body(_ second: String) -> String {
            "--b\r\nContent-Type: a/b\r\nContent-Disposition: x;handling=optional\r\n\r\n1\r\n"
                + "--b\r\nContent-Type: a/c\r\n\(second)\r\n2\r\n--b--\r\n"
        }
        let type = "multipart/mixed;boundary=b"
        #expect(request(nil, type, body("Content-Disposition: y;handling=optional\r\n")).isContentOptional)
        #expect(!request(nil, type, body("")).isContentOptional)
        #expect(
            !request("session;handling=required", type, body("Content-Disposition: y;handling=optional\r\n"))
                .isContentOptional)
        #expect(request("session;handling=optional", type, body("")).isContentOptional)
        #expect(!request(nil, type, "no parts").isContentOptional)
    }
}
