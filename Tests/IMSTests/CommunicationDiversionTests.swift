import IMS
import SIP
import Testing

@Suite("Communication diversion (TS 24.604 §4.5.2.6)")
struct CommunicationDiversionTests {
    private static let all: [CommunicationDiversion.Condition: String] = [
        .busy: "sip:busy@x", .noReply: "sip:late@x", .notReachable: "sip:away@x", .notRegistered: "sip:off@x",
    ]

    private static func diversion(
        _ targets: [CommunicationDiversion.Condition: String] = all, history: [String] = [], diversion: [String] = []
    ) -> CommunicationDiversion {
        var headers = SIPHeaders()
        for value in history { headers.append(.historyInfo, value) }
        for value in diversion { headers.append("Diversion", value) }
        return CommunicationDiversion(targets: targets, limit: 3, after: headers)
    }

    @Test("At once: unconditional before anything else, not registered when the session case says so")
    func begin() {
        var targets = Self.all
        #expect(Self.diversion().begin(isRegistered: true) == .callServedUser(hasTimer: true))
        #expect(Self.diversion().begin(isRegistered: false) == .divert(to: "sip:off@x", .notRegistered))
        targets[.unconditional] = "sip:all@x"
        #expect(Self.diversion(targets).begin(isRegistered: false) == .divert(to: "sip:all@x", .unconditional))
        #expect(Self.diversion([.busy: "sip:b@x"]).begin(isRegistered: false) == .callServedUser(hasTimer: false))
    }

    @Test(
        "What the served user's side answers, and whether it has rung",
        arguments: [
            (486, false, .busy), (600, true, .busy), (408, false, .notReachable), (408, true, .noReply),
            (480, false, .notReachable), (480, true, .noReply), (500, false, .notReachable),
            (503, false, .notReachable), (503, true, nil), (404, false, nil), (603, true, nil), (302, false, nil),
            (487, true, nil), (nil, false, .notReachable), (nil, true, .noReply),
        ] as [(Int?, Bool, CommunicationDiversion.Condition?)]
    )
    func failures(status: Int?, hasRung: Bool, condition: CommunicationDiversion.Condition?) throws {
        let step = Self.diversion().failed(.response(status.flatMap { StatusCode(rawValue: $0) }, hasRung: hasRung))
        guard let condition else {
            #expect(step == .passOn(nil))
            return
        }
        #expect(step == .divert(to: try #require(Self.all[condition]), condition))
    }

    @Test("No target for a condition: the caller gets what the served user answered")
    func noTarget() {
        #expect(Self.diversion([.busy: "sip:b@x"]).failed(.rangTooLong) == .passOn(nil))
        #expect(Self.diversion().failed(.rangTooLong) == .divert(to: "sip:late@x", .noReply))
    }

    @Test("The limit counts diversions of History-Info, and what Diversion tells")
    func limit() {
        let entries = [
            "<sip:a@x>;index=1", "<sip:b@x;cause=302>;index=1.1;mp=1", "<sip:c@x;cause=486>;index=1.1.1;mp=1.1",
        ]
        let unconditional: [CommunicationDiversion.Condition: String] = [.unconditional: "sip:z@x", .busy: "sip:z@x"]
        #expect(
            Self.diversion(unconditional, history: entries).begin(isRegistered: true)
                == .divert(to: "sip:z@x", .unconditional))
        let third = entries + ["<sip:d@x;cause=408>;index=1.1.1.1;mp=1.1.1"]
        let full = Self.diversion(unconditional, history: third)
        #expect(full.begin(isRegistered: true) == .refuse(.temporarilyUnavailable, .limit))
        #expect(full.failed(.response(.busyHere, hasRung: false)) == .passOn(.limit))
        #expect(
            Self.diversion(unconditional, diversion: ["<sip:b@x>;counter=3"]).begin(isRegistered: true)
                == .refuse(.temporarilyUnavailable, .limit))
        // What does not parse counts.
        #expect(
            Self.diversion(unconditional, history: ["<sip:a@x>", "nonsense", "<"]).begin(isRegistered: true)
                == .refuse(.temporarilyUnavailable, .limit))
    }

    @Test("A target that the call has been at is not called again")
    func loop() {
        let diversion = Self.diversion(
            [.unconditional: "sip:bob@ims.example", .busy: "sip:bob@IMS.example"],
            history: ["<sip:bob@ims.example>;index=1", "<sip:carol@ims.example;cause=302>;index=1.1;mp=1"])
        #expect(diversion.begin(isRegistered: true) == .refuse(.loopDetected, .loop))
        #expect(diversion.failed(.response(.busyHere, hasRung: false)) == .passOn(.loop))
    }

    @Test("The INVITE tells where it was bound for, and in old networks by Diversion on top of what is there")
    func note() {
        var headers = SIPHeaders()
        headers.append("Diversion", "<sip:a@x>;reason=unconditional;counter=1")
        CommunicationDiversion.note(
            .busy, from: "sip:bob@x", to: "sip:desk@x", writesDiversion: true, in: &headers)
        #expect(
            headers.splitValues(.historyInfo) == ["<sip:bob@x>;index=1", "<sip:desk@x;cause=486>;index=1.1;mp=1"])
        #expect(
            headers.splitValues("Diversion") == [
                "<sip:bob@x>;reason=user-busy;counter=1", "<sip:a@x>;reason=unconditional;counter=1",
            ])
        CommunicationDiversion.note(.noReply, from: "sip:b@y", to: "sip:c@y", in: &headers)
        #expect(headers.splitValues("Diversion").count == 2)
    }
}
