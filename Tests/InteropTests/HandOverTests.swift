import ApplicationServer
import Foundation
import LocalEngine
import ReferenceAS
import SIP
import Testing

extension Interoperation {
    @Suite(
        "What a PBX is told of the call it takes over, as captured",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct HandOverTests {
        private static let format = HandOverFormat(
            userToUser: .init(),
            headers: ["X-Intent": .intent, "X-Record": .record],
            engineHeaders: ["X-Bot"],
            sendsBody: true,
            recordURL: "https://as.example/handovers/"
        )
        private static let hostile =
            "\"Bob\\\" 王 👩🏽‍🚀 \u{202E}x\u{202C}\r\nVia: SIP/2.0/UDP 192.0.2.66\r\n\r\n\u{0}\u{1B}[2J<sip:x@y>;a=b"

        private static func writer(_ call: AnsweredCall) async -> HandOverWriter {
            var handOver = await call.handOver(
                reason: hostile,
                variables: [
                    "intent": hostile, "summary": String(repeating: hostile, count: 2_000), "\"\r\n王\u{0}": hostile,
                ]
            )
            handOver.engineHeaders = [
                .init(name: "X-Bot", value: hostile), .init(name: "Route", value: "<sip:192.0.2.66;lr>"),
            ]
            handOver.transcript = [HandOver.Line(.caller, hostile)]
            return HandOverWriter(handOver, format)
        }

        private static let onOneLine = "\"Bob\\\" 王 👩🏽‍🚀 \u{202E}x\u{202C} Via: SIP/2.0/UDP 192.0.2.66 [2J<sip:x@y>;a=b"

        @Test(
            "INVITE: header fields, User-to-User and a JSON part, all of them whole", arguments: SIPp.Transport.allCases
        )
        func invite(_ transport: SIPp.Transport) async throws {
            try await TransferLab.handingOver { await Self.writer($0) }.run(.reinvite, transport: .tcp) { lab in
                let target = try await lab.target("uas-pbx", .tcp)
                let caller = try lab.caller("uac-call-engine-lost", transport, pause: .milliseconds(500))
                #expect(await lab.service.result() == "transferred")
                await caller.expectSuccess()
                await target.expectSuccess()
                let invite = try #require(target.firstReceived("INVITE"))
                let (head, body) = try Self.split(invite)
                #expect(head.count { $0.hasPrefix("Via:") } == 1)
                #expect(!invite.contains("\nVia: SIP/2.0/UDP 192.0.2.66"))
                #expect(head.contains("X-Intent: \(Self.onOneLine)"))
                #expect(head.contains("X-Bot: \(Self.onOneLine)"))
                #expect(!head.contains { $0.hasPrefix("Route:") && $0.contains("192.0.2.66") })
                let userToUser = try #require(head.first { $0.hasPrefix("User-to-User: ") })
                #expect(userToUser.hasSuffix(";purpose=isdn-uui;content=isdn-uui;encoding=hex"))
                let digits = userToUser.dropFirst(14).prefix { $0 != ";" }
                #expect(digits.count <= 256 && digits.allSatisfy(\.isHexDigit))
                let json = try Self.json(in: body)
                #expect(json["intent"] as? String == Self.hostile)
                #expect((json["variables"] as? [String: String])?["\"\r\n王\u{0}"] == Self.hostile)
                #expect((json["caller"] as? [String: Any])?["identity"] as? String == "sip:alice@ims.example")
                #expect(body.contains("c=IN IP4 \(lab.addresses.caller)"))
            }
        }

        /// The JSON part behind the session description.
        private static func json(in body: String) throws -> [String: Any] {
            let start = try #require(body.range(of: "{\"callId\""))
            let end = try #require(body.range(of: "\n--", range: start.lowerBound..<body.endIndex))
            let object = try JSONSerialization.jsonObject(with: Data(body[start.lowerBound..<end.lowerBound].utf8))
            return try #require(object as? [String: Any])
        }

        private static func split(_ message: String) throws -> (head: [String], body: String) {
            let end = try #require(message.range(of: "\n\n"))
            let lines = message[..<end.lowerBound].split(separator: "\n").map(String.init)
            return (lines, String(message[end.upperBound...]))
        }

        @Test("A PBX that takes no multipart is called again without it")
        func noMultipart() async throws {
            try await TransferLab.handingOver { await Self.writer($0) }.run(.reinvite, transport: .tcp) { lab in
                let target = try await lab.target("uas-pbx-no-multipart", .tcp, calls: 2)
                let caller = try lab.caller("uac-call-engine-lost", pause: .milliseconds(500))
                #expect(await lab.service.result() == "transferred")
                await caller.expectSuccess()
                await target.expectSuccess()
                let invites = target.received.filter { $0.hasPrefix("INVITE") }
                #expect(invites.count == 2)
                #expect(invites.last?.contains("\nContent-Type: application/sdp\n") == true)
                #expect(invites.last?.contains("\nX-Intent: \(Self.onOneLine)\n") == true)
            }
        }

        @Test("REFER: the fields stand in the URI, escaped")
        func refer() async throws {
            try await TransferLab.handingOver { await Self.writer($0) }.run(.refer) { lab in
                let caller = try lab.caller("uac-referred-with-data", .tcp)
                #expect(await lab.service.result() == "transferred")
                await caller.expectSuccess()
                let refer = try #require(caller.firstReceived("REFER"))
                let (head, _) = try Self.split(refer)
                let line = try #require(head.first { $0.hasPrefix("Refer-To: ") })
                let referTo = try ReferTo(parsing: String(line.dropFirst(10)), field: .referTo)
                let fields = referTo.address.uri.headerFields
                #expect(fields.map(\.name) == ["User-to-User", "X-Intent", "X-Record", "X-Bot"])
                #expect(fields[1].value == Self.onOneLine)
                #expect(fields[3].value == Self.onOneLine)
                #expect(!head.contains { $0.hasPrefix("X-") || $0.hasPrefix("User-to-User") })
            }
        }

        @Test(
            "An engine that is lost, or not there: the queue is told who calls and why, harmlessly",
            arguments: [true, false])
        func withoutEngine(_ isAnswered: Bool) async throws {
            let dialogue = try Dialogue(
                parsing: """
                    greeting: "Hello.\\r\\nVia: SIP/2.0/UDP 192.0.2.66"
                    reprompts: [Pardon?]
                    giveUp: Goodbye.
                    actionFailed: No.
                    intents: [{ name: none, phrases: [nothing] }]
                    """)
            let change = Change { configuration, addresses in
                configuration.fallback["pbx"]?.uri = "sip:queue@\(addresses.pbx):\(Addresses.pbxPort);transport=tcp"
                var handOver = HandOverDefinition()
                handOver.userToUser = true
                handOver.headers = ["X-Caller": .callerName, "X-Reason": .reason]
                handOver.body = true
                configuration.services[0].assistant.onward.handOver = handOver
            }
            let engine = isAnswered ? LocalEngineBehaviour.dropMidCall(after: .seconds(2)) : .refuse(status: 503)
            try await TestSystem.run(engine: engine, dialogue: dialogue, configure: change) { lab in
                let name = "Bob \" 王 \u{202E}<sip:x@y>;a=b, Via: z %0d%0aVia: z"
                let caller = Scenario(.caller, name: name.replacing("\"", with: "\\\"")).adding {
                    if isAnswered { $0.answer("INVITE", .sendReceive) }
                    $0.pause()
                    $0.hangUp()
                }
                let target = try await lab.target(Scenario(.target).adding { $0.expectBye() }, .tcp)
                await (try lab.caller(caller)).expectSuccess()
                await target.expectSuccess()
                let (head, body) = try Self.split(try #require(target.firstReceived("INVITE")))
                #expect(head.count { $0.hasPrefix("Via:") } == 1)
                #expect(head.contains("X-Caller: \(name)"))
                #expect(head.contains("X-Reason: engine-\(isAnswered ? "lost" : "failed")"))
                #expect(head.count { $0.hasPrefix("User-to-User: ") } == 1)
                if isAnswered {
                    let json = try Self.json(in: body)
                    #expect((json["caller"] as? [String: Any])?["name"] as? String == name)
                    // An engine on a busy machine may be lost before it has said anything.
                    let hasSpoken = lab.records.journal.has(.server("engine-said"))
                    #expect(!hasSpoken || "\(json["transcript"] ?? "")".contains("Hello."))
                } else {
                    #expect(body.hasPrefix("v=0"), "the body of a call that is carried on is the caller's")
                }
                await lab.expectIdle()
            }
        }
    }
}
