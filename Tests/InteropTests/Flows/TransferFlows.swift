import ApplicationServer
import SIP

/// Flows in which the caller goes to a target.
extension CallFlow {
    static let transfers: [CallFlow] =
        [
            reinvite, glare, holdGlare, reinviteRefused, relay, attended, attendedFails, refer, referFails, referSilent,
        ] + targetsThatFail

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
            failing("486", way, with: "refused(486)", target: FlowPhone.Conduct(invite: [.ringing, .busyHere])),
            failing("603", way, with: "refused(603)", target: FlowPhone.Conduct(invite: [.decline])),
            failing("time-out", way, with: "noAnswer", target: FlowPhone.Conduct(invite: [.ringing])) {
                $0.ringTime = .milliseconds(200)
            },
        ]
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
        leavings: [.caller(at: .caller("sent 491")), .target(at: .caller("sent 491"))]
    )

    static let holdGlare = CallFlow(
        name: "re-INVITE, the caller holds meanwhile",
        stage: .transfer(.reinvite) { _ in },
        target: FlowPhone.Conduct(),
        cues: [.hold(at: .target("got INVITE"))],
        milestones: [.caller("holds"), .caller("sent 200")],
        end: .server("transferred"),
        leavings: [.caller(at: .caller("holds"))]
    )

    static let reinviteRefused = failing(
        "488", .reinvite, with: "refused(488)",
        caller: FlowPhone.Conduct(offers: [.notAcceptableHere]),
        target: FlowPhone.Conduct(),
        leavings: [.caller(at: .caller("sent 488"))]
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

    static let referFails: CallFlow = failing(
        "NOTIFY 503", .refer, with: "refused(503)",
        caller: FlowPhone.Conduct(reports: [.trying, .serviceUnavailable]),
        leavings: [.caller(at: .caller("sent NOTIFY 503"))]
    )

    static let referSilent = failing(
        "no NOTIFY", .refer, with: "noAnswer",
        caller: FlowPhone.Conduct(reports: []),
        leavings: [.caller(at: .caller("sent 202"))]
    ) { $0.notifyTime = .milliseconds(400) }

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
        ]
    )

    static let attendedFails = failing(
        "NOTIFY 503", .attended, with: "refused(503)",
        caller: FlowPhone.Conduct(reports: [.serviceUnavailable]),
        target: FlowPhone.Conduct(),
        leavings: [.target(at: .caller("got REFER"), callerIsKept: true)]
    )

    static let relay = CallFlow(
        name: "relay",
        stage: .transfer(.relay) { _ in },
        target: FlowPhone.Conduct(),
        milestones: [.target("got ACK"), .server("relayed")],
        end: .server("transferred"),
        leavings: [
            .caller(at: .target("sent 180")), .caller(at: .target("got ACK")), .caller(at: .server("relayed")),
            .target(at: .target("sent 180"), callerIsKept: true), .target(at: .server("relayed")),
        ]
    )
}
