import SIP
import Testing

@Suite("Boundaries of multipart bodies that are written (RFC 2046 §5.1.1)")
struct MultipartBoundaryTests {
    private static let plain = MediaType("text", "plain")

    /// Writes parts and reads them again by what Content-Type says.
    ///
    /// - Returns: The boundary, once it is legal and no part contains it.
    private func written(_ bodies: [[UInt8]], boundary: String) throws -> String {
        let (type, octets) = Multipart(bodies.map { Multipart.Part(Self.plain, $0) }).serialized(boundary: boundary)
        let used = try #require(type.boundary)
        #expect(used.utf8.count <= 70)
        let text = Array(used.utf8)
        #expect(!bodies.contains { $0.contains(text) })
        #expect(try Multipart(parsing: octets, contentType: type).parts.map(\.body) == bodies)
        return used
    }

    @Test("One that no part contains is kept, however long and of whatever characters (1...70)")
    func kept() throws {
        for boundary in ["b", "a:b=c?d e", String(repeating: "b", count: 70)] {
            #expect(try written([Array("cde".utf8), []], boundary: boundary) == boundary)
        }
    }

    @Test("A part with every prolongation of the boundary in it gets another one, of a legal length")
    func hostile() throws {
        let body = Array("\r\n--b".utf8) + [UInt8](repeating: 0x78, count: 60_000)
        let used = try written([body], boundary: "b")
        #expect(!used.hasPrefix("b"))
    }

    @Test("Boundaries that match almost everywhere cost no more than others")
    func almost() throws {
        let body = [UInt8](repeating: 0x78, count: 60_000)
        let boundary = String(repeating: "x", count: 69)
        #expect(try written([body], boundary: boundary + "y") == boundary + "y")
        #expect(try written([body], boundary: "y" + boundary) == "y" + boundary)
        #expect(try written([body + [0x79]], boundary: boundary + "y") != boundary + "y")
    }

    @Test("One of 70 octets that a part contains is replaced in Content-Type as well", arguments: ["", "1"])
    func long(_ end: String) throws {
        let boundary = String(repeating: "1", count: 70 - end.utf8.count) + end
        let body = Array("one\r\n--\(boundary)\r\n\r\ntwo".utf8)
        let original = try MediaType(parsing: "multipart/mixed;boundary=\(boundary);charset=x", field: .contentType)
        let (type, octets) = Multipart([Multipart.Part(Self.plain, body)]).serialized(as: original)
        #expect(type.boundary != boundary)
        #expect(type.parameters["charset"] == "x")
        #expect(try Multipart(parsing: octets, contentType: type).parts.map(\.body) == [body])
    }

    @Test("The boundaries that take its place may stand in the parts as well")
    func taken() throws {
        var bodies = [Array("b".utf8)]
        var all: Set<String> = []
        for _ in 0..<12 {
            let used = try written(bodies, boundary: "b")
            #expect(all.insert(used).inserted)
            bodies[0] += Array("sidesidetone-0 \(used)".utf8)
            bodies.append(Array(used.dropLast().utf8))
        }
    }

    @Test("What is no boundary is not written: none, too long, a space at the end, other characters")
    func illegal() throws {
        for boundary in ["", String(repeating: "b", count: 71), "b ", "b\u{e9}", "b\r\nc"] {
            #expect(try written([Array("one".utf8)], boundary: boundary) != boundary)
        }
    }

    @Test("Parts of parts: the outer boundary is none that the inner one begins with")
    func nested() throws {
        let text =
            "--b\r\nContent-Type: multipart/alternative;boundary=bx\r\n\r\n"
            + "--bx\r\nContent-Type: application/sdp\r\n\r\nold\r\n--bx--\r\n--b--\r\n"
        let original = try MediaType(parsing: "multipart/mixed;boundary=b", field: .contentType)
        var parts = try Multipart(parsing: Array(text.utf8), contentType: original)
        let replaced = parts.replaceFirst("application", "sdp", with: Array("--bx\r\nnew".utf8))
        #expect(replaced)
        let (type, octets) = parts.serialized(as: original)
        let read = try Multipart(parsing: octets, contentType: type)
        #expect(read.first("application", "sdp")?.body == Array("--bx\r\nnew".utf8))
        let inner = try #require(read.parts.first?.contentType?.boundary)
        let outer = try #require(type.boundary)
        #expect(inner != "bx")
        #expect(outer != "b" && !inner.hasPrefix(outer))
    }
}
