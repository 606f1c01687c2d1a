import ApplicationServer
import SIP
import Testing

extension Interoperation {
    /// A party that is called for the caller, and asks before it takes the call.
    @Suite("What a target may ask while it rings")
    struct RingingTargetTests {
        struct Question: Sendable, CustomTestStringConvertible {
            let method: SIPMethod
            var headers: [HeaderName: String] = [:]
            var body: String?
            let status: StatusCode
            /// Fields that the answer has to have.
            var answer: [HeaderName] = []

            var testDescription: String { "\(method) \(headers) is \(status.rawValue)" }

            var content: MessageContent {
                var content = MessageContent(body: Array((body ?? "").utf8))
                for (name, value) in headers {
                    if name == .contentType { content.contentType = value } else { content.headers.append(name, value) }
                }
                return content
            }
        }

        static let questions = [
            Question(method: .update, status: .ok),
            Question(method: .options, status: .ok, answer: [.accept, .supported]),
            Question(method: .options, headers: [.require: "gruu"], status: .badExtension, answer: [.unsupported]),
            Question(method: .info, status: .ok),
            Question(
                method: .info, headers: [.contentType: "application/dtmf-relay"], body: "Signal=5\r\nDuration=160\r\n",
                status: .ok),
            Question(
                method: .info, headers: [.contentType: "text/plain"], body: "hello", status: .unsupportedMediaType,
                answer: [.accept]),
            Question(
                method: .info, headers: [.infoPackage: "foo"], status: .badInfoPackage, answer: [.recvInfo]),
            Question(
                method: .notify, headers: [.event: "refer", .subscriptionState: "active"], status: .callDoesNotExist),
            Question(method: .refer, headers: [.referTo: "<sip:carol@ims.example>"], status: .decline),
            Question(method: "MESSAGE", status: .methodNotAllowed),
            Question(method: "WIBBLE", status: .notImplemented),
        ]

        private static let hasAsked = FlowMoment.target("asked")

        @Test("It is answered at once, by what the method says", arguments: questions)
        func beforeTransfer(_ question: Question) async throws {
            try await TransferLab.run(.reinvite) { lab in
                try await Self.ask(question, at: lab) {
                    try await FlowPhone.calling(lab) { _ in
                        #expect(await lab.service.result() == "transferred")
                    }
                }
            }
        }

        @Test("So it is in a call that the server starts", arguments: questions)
        func beforeOutboundCall(_ question: Question) async throws {
            try await TestSystem.run(configure: OutboundCallTests.change(t1: .milliseconds(50))) { lab in
                try await Self.ask(question, at: lab) {
                    #expect(await OutboundCallTests.start(lab).status == 202)
                    let hasAnswered = FlowMoment.target("got ACK")
                    #expect(await lab.records.journal.reaches(hasAnswered, within: .seconds(30)))
                }
            }
        }

        /// The two cannot be told of a new offer before they are told of one another.
        @Test("Its offer has to wait: 491 (RFC 3311 §5.2)")
        func offer() async throws {
            try await TransferLab.run(.reinvite) { lab in
                let conduct = FlowPhone.Conduct(invite: [.sessionProgress, .ok], answersAt: Self.hasAsked)
                try await Self.target(conduct, at: lab) { phone in
                    #expect(await lab.records.journal.reaches(.target("sent 183"), within: .seconds(30)))
                    let isAcknowledged = await eventually {
                        let status = try? await phone.ask(.update, phone.description).status
                        return status == .requestPending
                    }
                    #expect(isAcknowledged)
                } during: {
                    try await FlowPhone.calling(lab, supported: "100rel") { _ in
                        #expect(await lab.service.result() == "transferred")
                    }
                }
            }
        }

        private static func ask(
            _ question: Question, at lab: some Laboratory, during call: () async throws -> Void
        ) async throws {
            try await target(FlowPhone.Conduct(answersAt: hasAsked), at: lab) { phone in
                #expect(await lab.records.journal.reaches(.target("sent 180"), within: .seconds(30)))
                let response = try await phone.ask(question.method, question.content)
                #expect(response.status == question.status)
                for name in question.answer { #expect(response.headers.contains(name)) }
            } during: {
                try await call()
            }
        }

        /// A target that takes the call when it has asked.
        private static func target(
            _ conduct: FlowPhone.Conduct, at lab: some Laboratory,
            asks: @escaping @Sendable (FlowPhone) async throws -> Void,
            during call: () async throws -> Void
        ) async throws {
            let journal = lab.records.journal
            let phone = try FlowPhone(.target, at: lab.addresses.pbx, port: Addresses.pbxPort, conduct, journal)
            try await phone.run {
                async let asking: Void = {
                    try await asks(phone)
                    journal.add(.target, "asked")
                }()
                try await call()
                try await asking
                await phone.hangUp()
                #expect(await eventually { await phone.isQuiet })
            }
        }
    }
}
