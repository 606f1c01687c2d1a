import SIP
import Testing
import Timing

/// Random damage to good messages, the same in every run. A trap ends the test process, so coming to the end counts.
@Suite("Damaged messages")
struct FuzzTests {
    static let seeds: [String] = [
        Peer.invite(), Peer.invite(method: "CANCEL"), Peer.invite(toTag: "x", method: "ACK"),
        Peer.invite(toTag: "x", method: "BYE"), Peer.invite(toTag: "x"), Peer.invite(toTag: "x", method: "INFO"),
        Peer.invite(method: "OPTIONS", extra: "Route: <sip:a;lr>, \"q\\\"\" <sip:[2001:db8::1]:5060>;x=\"y\""),
        Peer.invite(extra: "Record-Route: <sip:a:5060;lr>\n ,<sip:b>\nRequire: 100rel"), MessageParsingTests.register,
        "SIP/2.0 180 Ringing\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=BRANCH;rport\nFrom: <sip:alice@example.com>;tag=ours\nTo: <sip:bob@example.com>;tag=b\nCall-ID: ours@192.0.2.1\nCSeq: 1 INVITE\nContact: <sip:bob@192.0.2.9>\nContent-Length: 0\n\n",
        "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=BRANCH;rport\nFrom: <sip:alice@example.com>;tag=ours\nTo: <sip:bob@example.com>;tag=b\nCall-ID: ours@192.0.2.1\nCSeq: 1 INVITE\nContact: <sip:bob@192.0.2.9>\nContent-Length: 0\n\n",
        "SIP/2.0 486 Busy\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=BRANCH;rport\nFrom: <sip:alice@example.com>;tag=ours\nTo: <sip:bob@example.com>;tag=b\nCall-ID: ours@192.0.2.1\nCSeq: 1 INVITE\nContent-Length: 0\n\n",
    ]

    static let splices: [[UInt8]] =
        [
            "\r\n", "\r\n ", "\r", "\n", "\0", "\"", "\\", "<", ">", "@", ";", ",", ":", "%", "%4", "[", "]", "SIP/2.0",
            "99999999999999999999",
            "-1", "2147483648", "z9hG4bK", ";tag=", "\u{301}", "\u{FEFF}", "tel:", "*", ";;", ";lr", "?a@b", "l: 1\r\n",
            "v: ",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80]]

    static func damaged(_ original: [UInt8], with generator: inout SeededGenerator) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 0...6, using: &generator) where !bytes.isEmpty {
            let position = Int.random(in: 0..<bytes.count, using: &generator)
            let end = min(bytes.count, position + Int.random(in: 1...24, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.removeSubrange(position..<end)
            case 2: bytes.insert(contentsOf: Array(bytes[position..<end]), at: position)
            case 3: bytes.insert(contentsOf: splices.randomElement(using: &generator) ?? [], at: position)
            case 4: bytes.removeSubrange(position...)
            default: bytes.replaceSubrange(position..<end, with: splices.randomElement(using: &generator) ?? [])
            }
        }
        return bytes
    }

    @Test("20 000 messages: what parses is read in every field, and written it parses to the same fields")
    func parsing() throws {
        var generator = SeededGenerator(seed: 2_026)
        let seeds = Self.seeds.map(wire)
        var parsed = 0
        for round in 0..<20_000 {
            let bytes = Self.damaged(seeds[round % seeds.count], with: &generator)
            let message: SIPMessage
            do throws(SIPParseError) {
                message = try SIPMessage(parsing: bytes)
            } catch {
                _ = error.description
                if let response = SIPResponse.refusing(malformed: bytes, because: error) {
                    _ = try SIPMessage(parsing: response.serialized())
                }
                continue
            }
            parsed += 1
            let headers = message.headers
            for field in headers.fields {
                _ = try? headers.addresses(field.name)
                _ = headers.splitValues(field.name)
            }
            _ = try? headers.topVia()
            _ = try? headers.cSeq()
            _ = try? headers.maxForwards()
            if let uri = try? message.asRequest?.uri() {
                _ = uri.unescapedUser
                #expect((try? SIPURI(parsing: uri.description)) == uri)
            }
            let again = try SIPMessage(parsing: message.serialized())
            let length: HeaderName = .contentLength
            #expect(
                again.headers.fields.filter { $0.name != length }.map(\.value)
                    == headers.fields.filter { $0.name != length }.map(\.value)
            )
            #expect(again.body == message.body)
        }
        #expect(parsed > 2_000)
    }

    @Test("20 000 messages into an endpoint whose user answers at random: nothing is left after 64·T1")
    func endpoint() throws {
        var generator = SeededGenerator(seed: 4_711)
        var peer = Peer()
        let seeds = Self.seeds
        var branch = "z9hG4bKnone"
        var pending: [ServerTransactionID] = []
        // In the order of their coming, which the hashes of one run do not change.
        var dialogs: [DialogID] = []
        var known: Set<DialogID> = []
        var calls: [ClientTransactionID] = []
        var heard: Set<String> = []
        func note(_ dialog: DialogID) {
            if known.insert(dialog).inserted { dialogs.append(dialog) }
        }
        for round in 0..<20_000 {
            if round % 50 == 0 {
                calls.append(peer.send(Peer.outgoing()))
                branch = (try? peer.take().requests.first?.headers.topVia().branch) ?? branch
            }
            var text = (seeds.randomElement(using: &generator) ?? "").replacing("BRANCH", with: branch)
            text = text.replacing("z9hG4bKa", with: "z9hG4bKa\(Int.random(in: 0...30, using: &generator))")
            if let dialog = dialogs.randomElement(using: &generator) {
                text = text.replacing(";tag=x", with: ";tag=" + dialog.localTag)
                if !text.hasPrefix("ACK"), !text.hasPrefix("SIP") {
                    text = text.replacing("CSeq: 1 ", with: "CSeq: \(round + 2) ")
                }
            }
            let bytes = Self.damaged(wire(text), with: &generator)
            guard let message = try? SIPMessage(parsing: bytes) else { continue }
            peer.receive(message)
            let out = peer.take()
            for case .send(let bytes, _, _) in out { _ = try SIPMessage(parsing: bytes) }
            heard.formUnion(out.events.map(\.label))
            for event in out.events {
                switch event {
                case .request(let id, _, _), .dialogRequest(let id, _, _): pending.append(id)
                case .response(_, let response, let dialog?):
                    note(dialog)
                    if response.status.isSuccess { peer.acknowledge(dialog) }
                default: break
                }
            }
            if let id = pending.randomElement(using: &generator), Bool.random(using: &generator) {
                _ = peer.respond(id, [.ringing, .ok, .busyHere, .notFound].randomElement(using: &generator) ?? .ok)
                if let dialog = peer.endpoint.dialogOfServer(id) { note(dialog) }
            }
            if round % 7 == 0, let call = calls.randomElement(using: &generator) { peer.cancel(call) }
            if round % 11 == 0, let dialog = dialogs.randomElement(using: &generator) {
                _ = peer.send([.info, .invite, .bye].randomElement(using: &generator) ?? .bye, in: dialog)
            }
            peer.advance(by: .milliseconds(Int.random(in: 0...40, using: &generator)))
            _ = peer.take()
        }
        let due: Set = ["request INVITE", "cancelled", "ended by BYE", "response 180", "response 200", "response 486"]
        #expect(heard.isSuperset(of: due))
        // The users' part: unanswered calls are refused, unanswered attempts given up, dialogs ended.
        for id in pending { _ = peer.respond(id, .temporarilyUnavailable) }
        for call in calls { peer.cancel(call) }
        for dialog in dialogs { _ = peer.send(.bye, in: dialog) }
        peer.settle()
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }
}
