import ApplicationServer
import SIP

/// Flows in which the caller goes to a target.
extension CallFlow {
    static let transfers: [CallFlow] =
        [
            reinvite, glare, holdGlare, reinviteRefused, relay, attended, refer, referDeclined,
        ] + targetsThatFail + reportsThatFail

    private static func failing(
        _ name: String,
        _ way: TransferMethod,
        with error: String,
        caller: FlowPhone.Conduct = FlowPhone.Conduct(),
        target: FlowPhone.Conduct? = nil,
        leavings: [Leaving] = [],
        _ change: @escaping @Sendable (inout TransferPlan) -> Void = { _ in }
    ) -> CallFlow {
        CallFlow(
            name: "\(way.rawValue), \(name)",
            stage: .transfer(way, change),
            caller: caller,
            target: target,
            milestones: [.server("transfer-failed \(error)")],
            end: .server("transfer-failed"),
            leavings: leavings
        )
    }

    /// By each way that calls the target: 486, 603, and nobody who answers in time.
    static let targetsThatFail: [CallFlow] = [TransferMethod.reinvite, .relay, .attended].flatMap { way in
        [
            failing(
                "486", way, with: "refused(486)", target: FlowPhone.Conduct(invite: [.ringing, .busyHere]),
                leavings: [
                    .caller(at: .target("sent 180")), .caller(at: .target("sent 486")),
                    .caller(at: .server("transfer-way-failed")),
                ]),
            failing(
                "603", way, with: "refused(603)", target: FlowPhone.Conduct(invite: [.decline]),
                leavings: [.caller(at: .target("got INVITE")), .caller(at: .target("sent 603"))]),
            failing(
                "time-out", way, with: "noAnswer", target: FlowPhone.Conduct(invite: [.ringing]),
                leavings: [.caller(at: .target("got CANCEL")), .target(at: .target("got CANCEL"), callerIsKept: true)]
            ) {
                $0.ringTime = .milliseconds(200)
            },
        ]
    }

    /// By each way with a REFER: what the caller's side reports, and nothing at all.
    static let reportsThatFail: [CallFlow] = [TransferMethod.refer, .attended].flatMap { way in
        let target = way == .attended ? FlowPhone.Conduct() : nil
        let reports = [(486, StatusCode.busyHere), (503, .serviceUnavailable), (603, .decline)].map { code, status in
            failing(
                "NOTIFY \(code)", way, with: "refused(\(code))",
                caller: FlowPhone.Conduct(reports: [.trying, status]), target: target,
                leavings: [.caller(at: .caller("sent NOTIFY \(code)"))])
        }
        let silence = failing(
            "no NOTIFY", way, with: "noAnswer", caller: FlowPhone.Conduct(reports: []), target: target,
            leavings: [.caller(at: .caller("sent 202"))]
                + (way == .attended ? [.target(at: .caller("got REFER"), callerIsKept: true)] : [])
        ) { $0.notifyTime = .milliseconds(400) }
        return reports + [silence]
    }

    // MARK: re-INVITE

    static let reinvite = CallFlow(
        name: "re-INVITE",
        stage: .transfer(.reinvite) { _ in },
        target: FlowPhone.Conduct(),
        milestones: [.caller("got INVITE"), .server("media-path"), .target("got ACK")],
        end: .server("transferred"),
        leavings: [
            .caller(at: .target("got INVITE")), .caller(at: .target("sent 180")), .caller(at: .target("sent 200")),
            .caller(at: .caller("got INVITE")), .caller(at: .caller("sent 200")), .caller(at: .server("media-path")),
            .target(at: .target("sent 180"), callerIsKept: true), .target(at: .target("got ACK")),
            .target(at: .caller("got INVITE")), .target(at: .server("transferred")),
        ]
    )

    static let glare = CallFlow(
        name: "re-INVITE, 491",
        stage: .transfer(.reinvite) { _ in },
        caller: FlowPhone.Conduct(offers: [.requestPending, .ok]),
        target: FlowPhone.Conduct(),
        milestones: [.caller("sent 491"), .caller("sent 200")],
        end: .server("transferred"),
        leavings: [
            .caller(at: .caller("sent 491")), .caller(at: .caller("sent 200")), .target(at: .caller("sent 491")),
            .target(at: .caller("sent 200")),
        ]
    )

    static let holdGlare = CallFlow(
        name: "re-INVITE, the caller holds meanwhile",
        stage: .transfer(.reinvite) { _ in },
        target: FlowPhone.Conduct(),
        cues: [.hold(at: .target("got INVITE"))],
        milestones: [.caller("holds"), .caller("sent 200")],
        end: .server("transferred"),
        leavings: [
            .caller(at: .caller("holds")), .caller(at: .target("got ACK")), .target(at: .server("media-path")),
        ]
    )

    static let reinviteRefused = failing(
        "488", .reinvite, with: "refused(488)",
        caller: FlowPhone.Conduct(offers: [.notAcceptableHere]),
        target: FlowPhone.Conduct(),
        leavings: [.caller(at: .caller("sent 488")), .target(at: .caller("sent 488"), callerIsKept: true)]
    )

    // MARK: REFER

    static let refer = CallFlow(
        name: "REFER",
        stage: .transfer(.refer) { _ in },
        milestones: [.caller("got REFER"), .caller("sent NOTIFY 200"), .server("transferred")],
        end: .caller("got BYE"),
        leavings: [
            .caller(at: .caller("got REFER")), .caller(at: .caller("sent 202")),
            .caller(at: .caller("sent NOTIFY 100")),
            .caller(at: .caller("sent NOTIFY 200")),
        ]
    )

    static let referDeclined = failing(
        "603", .refer, with: "refused(603)",
        caller: FlowPhone.Conduct(refer: .decline),
        leavings: [.caller(at: .caller("got REFER")), .caller(at: .caller("sent 603"))]
    )

    // MARK: With us in between

    static let attended = CallFlow(
        name: "attended",
        stage: .transfer(.attended) { _ in },
        target: FlowPhone.Conduct(),
        milestones: [.target("got ACK"), .caller("got REFER"), .server("transferred")],
        end: .caller("got BYE"),
        leavings: [
            .caller(at: .target("sent 180")), .caller(at: .target("got ACK")), .caller(at: .caller("got REFER")),
            .caller(at: .caller("sent 202")), .caller(at: .caller("sent NOTIFY 100")),
            .target(at: .target("sent 180"), callerIsKept: true),
            .target(at: .caller("got REFER")),
        ]
    )

    static let relay = CallFlow(
        name: "relay",
        stage: .transfer(.relay) { _ in },
        target: FlowPhone.Conduct(),
        milestones: [.target("got ACK"), .server("relayed")],
        end: .server("transferred"),
        leavings: [
            .caller(at: .target("got INVITE")), .caller(at: .target("sent 180")), .caller(at: .target("sent 200")),
            .caller(at: .target("got ACK")), .caller(at: .server("relayed")),
            .target(at: .target("sent 180"), callerIsKept: true), .target(at: .server("relayed")),
        ]
    )
}
