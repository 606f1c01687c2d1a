import EngineTransport
import Testing

@Suite("WebSocket URLs (RFC 6455 §3)")
struct WebSocketURLTests {
    @Test(
        "A URL is taken apart",
        arguments: [
            ("ws://127.0.0.1:8765/v1/realtime", false, "127.0.0.1", 8765, "/v1/realtime"),
            ("wss://api.example.com/v1/realtime?model=m", true, "api.example.com", 443, "/v1/realtime?model=m"),
            ("WS://host", false, "host", 80, "/"),
            ("ws://host?x=1#fragment", false, "host", 80, "/?x=1"),
            ("wss://[2001:db8::1]:444/", true, "2001:db8::1", 444, "/"),
        ] as [(String, Bool, String, Int, String)])
    func valid(_ text: String, _ isSecure: Bool, _ host: String, _ port: Int, _ target: String) throws {
        let url = try WebSocketURL(parsing: text)
        #expect(url.isSecure == isSecure)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target == target)
    }

    @Test(
        "What cannot be used is refused",
        arguments: [
            ("http://host/", .scheme), ("", .scheme), ("ws:/host", .scheme), ("ws://", .host), ("ws://:80", .host),
            ("ws://a:b:c/", .host), ("ws://[::1/", .host), ("ws://[::1]x/", .host), ("ws://host:0", .port),
            ("ws://host:65536", .port), ("ws://host:", .port), ("ws://host:x", .port),
            ("ws://user:secret@host/", .userInformation), ("ws://host/a b", .character),
            ("ws://host/\r\nX: y", .character), ("ws://hôst/", .character),
        ] as [(String, WebSocketURL.Fault)])
    func invalid(_ text: String, _ fault: WebSocketURL.Fault) {
        #expect(throws: fault) { try WebSocketURL(parsing: text) }
    }
}
