import SIP
import Testing

@Suite("DNS answers")
struct DNSAnswerTests {
    /// Octets of a response, made as a name server makes them.
    private struct Message {
        var bytes: [UInt8]

        /// A response with so many answers and authorities, and a question for `example`.
        init(answers: UInt8, authorities: UInt8 = 0) {
            bytes = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, answers, 0, authorities, 0, 0]
            bytes += Self.name("_sip._udp.example") + [0, 33, 0, 1]
        }

        static func name(_ text: String) -> [UInt8] {
            text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
        }

        static func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

        /// A record whose owner is the name of the question.
        mutating func add(_ type: UInt8, lifetime: UInt8, _ data: [UInt8]) {
            bytes += [0xC0, 12, 0, type, 0, 1, 0, 0, 0, lifetime]
            bytes += [UInt8(data.count >> 8), UInt8(data.count & 0xFF)] + data
        }
    }

    private static var services: Message {
        var message = Message(answers: 2)
        // The target ends with the "example" of the question, at octet 22.
        message.add(33, lifetime: 60, [0, 10, 0, 5, 0x13, 0xC4, 1, 0x61, 0xC0, 22])
        message.add(33, lifetime: 30, [0, 20, 0, 0, 0x13, 0xC5] + Message.name("b.other"))
        return message
    }

    @Test("SRV records, with compressed names; the least TTL counts (RFC 1035 §4.1.4)")
    func srv() throws {
        let answer = try DNSAnswer(parsing: Self.services.bytes.span, type: .srv)
        #expect(
            answer.records == [
                .service(ServiceRecord(priority: 10, weight: 5, port: 5_060, target: "a.example")),
                .service(ServiceRecord(priority: 20, weight: 0, port: 5_061, target: "b.other")),
            ]
        )
        #expect(answer.lifetime == 30)
    }

    @Test("NAPTR records (RFC 3403 §4.1)")
    func naptr() throws {
        var message = Message(answers: 1)
        let texts = Message.text("s") + Message.text("SIP+D2T") + Message.text("")
        message.add(35, lifetime: 9, [0, 50, 0, 7] + texts + Message.name("_sip._tcp.example"))
        let answer = try DNSAnswer(parsing: message.bytes.span, type: .naptr)
        let expected = NamingAuthorityPointer(
            order: 50, preference: 7, flags: "s", service: "SIP+D2T", replacement: "_sip._tcp.example")
        #expect(answer.records == [.pointer(expected)])
    }

    @Test("An answer without records lasts as its SOA record says (RFC 2308 §5)")
    func negative() throws {
        var message = Message(answers: 0, authorities: 1)
        let numbers: [UInt8] = Array(repeating: 0, count: 16) + [0, 0, 0, 45]
        message.add(6, lifetime: 200, Message.name("ns") + Message.name("root") + numbers)
        let answer = try DNSAnswer(parsing: message.bytes.span, type: .srv)
        #expect(answer.records.isEmpty)
        #expect(answer.lifetime == 45)
    }

    @Test("Every beginning of a message is refused, or lacks nothing")
    func truncated() {
        let bytes = Self.services.bytes
        for count in 0..<bytes.count {
            #expect(throws: DNSAnswer.Fault.truncated) {
                try DNSAnswer(parsing: Array(bytes[..<count]).span, type: .srv)
            }
        }
    }

    @Test(
        "Names that point to themselves, forward, or in a circle are refused",
        arguments: [[0xC0, 12], [0xC0, 200], [1, 0x61, 0xC0, 12], [0xC0, 14, 0xC0, 12]] as [[UInt8]]
    )
    func loops(_ name: [UInt8]) {
        let header: [UInt8] = [0, 0, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]
        #expect(throws: DNSAnswer.Fault.badName) {
            try DNSAnswer(parsing: (header + name + [0, 33, 0, 1]).span, type: .srv)
        }
    }

    @Test("A name of more than 255 octets is refused")
    func longName() {
        let header: [UInt8] = [0, 0, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]
        let label = [63] + [UInt8](repeating: 0x61, count: 63)
        let name = Array([label, label, label, label].joined()) + [0]
        #expect(throws: DNSAnswer.Fault.badName) {
            try DNSAnswer(parsing: (header + name + [0, 33, 0, 1]).span, type: .srv)
        }
    }

    @Test("A record that says it is longer than the message, or shorter than its data, is refused")
    func lengths() {
        var message = Message(answers: 1)
        message.add(33, lifetime: 1, [0, 0, 0, 0, 0, 1, 0])
        for length: UInt8 in [0, 6, 8] {
            message.bytes[message.bytes.count - 8] = length
            #expect(throws: DNSAnswer.Fault.truncated) {
                try DNSAnswer(parsing: message.bytes.span, type: .srv)
            }
        }
    }

    @Test("200 000 messages with random octets changed end in records or a fault")
    func mutations() {
        var numbers = SeededNumbers(seed: 7)
        var refused = 0
        for _ in 0..<200_000 {
            var bytes = Self.pristine
            for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                bytes[Int.random(in: 0..<bytes.count, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
            }
            let type: DNSQuestion.RecordType = Bool.random(using: &numbers) ? .srv : .naptr
            do {
                let answer = try DNSAnswer(parsing: bytes.span, type: type)
                #expect(answer.records.count <= 128)
            } catch { refused += 1 }
        }
        #expect(refused > 1_000)
    }

    private static let pristine = services.bytes
}
