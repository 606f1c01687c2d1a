import ApplicationServer
import LocalEngine
import ReferenceAS

/// Flows between caller and engine.
extension CallFlow {
    static let engines: [CallFlow] = [
        answered, keys, bargeIn, refusedThenPBX, rejected, absentThenPBX, resetThenSpare, resetThenHuman,
        stallThenSpare,
        slowThenSpare, stallThenHuman, slowThenHuman, workflow, sentOn,
    ]

    /// How long handshakes take on a busy machine is not the matter.
    private static func engines(
        _ first: LocalEngineBehaviour,
        _ second: LocalEngineBehaviour,
        _ change: @escaping @Sendable (inout AssistantDefinition) -> Void = { _ in }
    ) -> Stage {
        .engines(first, second) { configuration, addresses in
            configuration.fallback["pbx"]?.engineTimeout = .seconds(60)
            configuration.services[0].assistant.onward.transferTargets["queue"] =
                "sip:queue@\(addresses.pbx):\(Addresses.pbxPort)"
            change(&configuration.services[0].assistant)
        }
    }

    static let answered = CallFlow(
        name: "answered by the bot",
        stage: engines(.normal, .normal),
        milestones: [.server("engine-ready local"), .server("200"), .caller("sent ACK")],
        end: .server("first-audio"),
        leavings: [
            .caller(at: .server("invite")), .caller(at: .server("engine-ready")), .caller(at: .server("200")),
            .caller(at: .caller("sent ACK")),
        ]
    )

    static let keys = CallFlow(
        name: "keys are collected",
        stage: engines(.normal, .normal) { service in
            service.conversation.digits.isCollecting = true
            service.conversation.digits.timeout = .seconds(30)
        },
        cues: [.press("12", at: .server("first-audio")), .press("#", at: .server("digit 2"))],
        milestones: [.server("digit 1"), .server("digit 2")],
        end: .server("keys"),
        leavings: [.caller(at: .server("digit 1"))]
    )

    static let bargeIn = CallFlow(
        name: "barge-in",
        stage: engines(.normal, .normal) { $0.conversation.filler.isEnabled = false },
        cues: [
            .say("what is my balance please", at: .server("first-audio"), until: .server("caller-said"))
        ],
        milestones: [.server("first-audio")],
        end: .server("caller-said"),
        leavings: [.caller(at: .server("barge-in"))]
    )

    static let refusedThenPBX = CallFlow(
        name: "engines refuse, PBX",
        stage: engines(.refuse(status: 503), .refuse(status: 503)),
        target: FlowPhone.Conduct(),
        milestones: [.server("engine-failed"), .caller("got 180"), .target("got ACK")],
        end: .caller("sent ACK"),
        outcome: .routed,
        leavings: [
            .caller(at: .target("got INVITE")), .caller(at: .target("sent 180")), .caller(at: .target("sent 200")),
            .target(at: .target("sent 180")), .target(at: .target("got ACK")),
        ]
    )

    static let rejected = CallFlow(
        name: "engines refuse, 503",
        stage: engines(.refuse(status: 503), .refuse(status: 503)) { $0.fallback = nil },
        milestones: [.server("engine-failed")],
        end: .caller("got 503"),
        outcome: .rejected
    )

    static let absentThenPBX = CallFlow(
        name: "no WebSocket, PBX",
        stage: .engines(.stall, .stall) { _, _ in },
        target: FlowPhone.Conduct(),
        milestones: [.server("engine-failed"), .target("got ACK")],
        end: .caller("sent ACK"),
        outcome: .routed,
        leavings: [.caller(at: .server("invite")), .caller(at: .server("engine-failed"))]
    )

    static let resetThenSpare = CallFlow(
        name: "reset, second engine",
        stage: engines(.dropMidCall(after: .milliseconds(300)), .slow(firstAudio: .milliseconds(800))) { service in
            service.conversation.filler.pause = .milliseconds(200)
        },
        milestones: [.server("engine-lost"), .server("filler"), .server("engine-ready spare")],
        end: .server("first-audio", after: "engine-ready spare"),
        leavings: [
            .caller(at: .server("engine-lost")), .caller(at: .server("engine-ready spare")),
            .caller(at: .server("filler", after: "engine-lost")),
        ]
    )

    static let resetThenHuman = CallFlow(
        name: "reset, second engine is silent, human queue",
        stage: engines(.dropMidCall(after: .milliseconds(300)), .stall) { service in
            service.conversation.connectTimeout = .milliseconds(300)
        },
        target: FlowPhone.Conduct(),
        milestones: [.server("engine-change"), .server("rescue"), .server("media-path"), .caller("got INVITE")],
        end: .server("transferred"),
        leavings: [
            .caller(at: .server("engine-change")), .caller(at: .server("rescue")), .caller(at: .target("got INVITE")),
            .caller(at: .target("sent 180")), .caller(at: .target("sent 200")), .caller(at: .caller("got INVITE")),
            .caller(at: .server("media-path")), .target(at: .target("sent 180")), .target(at: .target("got ACK")),
            .target(at: .server("transferred")),
        ]
    )

    static let stallThenSpare = CallFlow(
        name: "stall, second engine",
        // Long enough for the second engine, which is judged by the same.
        stage: engines(.mute, .normal) { service in
            service.conversation.stallTime = .seconds(5)
            service.conversation.slowTurn = nil
            service.conversation.filler.pause = .milliseconds(300)
        },
        milestones: [.server("filler"), .server("engine-lost local: stalled"), .server("engine-ready spare")],
        end: .server("first-audio"),
        leavings: [.caller(at: .server("filler")), .caller(at: .server("engine-lost"))]
    )

    static let slowThenSpare = CallFlow(
        name: "slow turn, second engine",
        stage: engines(.slow(firstAudio: .seconds(30)), .normal) { service in
            service.conversation.slowTurn = .seconds(4)
            service.conversation.stallTime = .seconds(10)
            service.conversation.slowTurnLimit = 1
        },
        milestones: [.server("slow-turn"), .server("engine-lost local: slow turns"), .server("engine-ready spare")],
        end: .server("first-audio"),
        leavings: [.caller(at: .caller("sent ACK")), .caller(at: .server("slow-turn"))]
    )

    static let stallThenHuman = human("stall", .mute, after: "filler") { service in
        service.conversation.stallTime = .milliseconds(900)
        service.conversation.filler.pause = .milliseconds(300)
    }

    static let slowThenHuman = human("slow turn", .slow(firstAudio: .seconds(30)), after: "slow-turn") { service in
        service.conversation.slowTurn = .milliseconds(500)
        service.conversation.slowTurnLimit = 1
    }

    /// The first engine fails, the second one says nothing.
    private static func human(
        _ fault: String,
        _ behaviour: LocalEngineBehaviour,
        after sign: String,
        _ change: @escaping @Sendable (inout AssistantDefinition) -> Void
    ) -> CallFlow {
        CallFlow(
            name: "\(fault), second engine is silent, human queue",
            stage: engines(behaviour, .stall) { service in
                service.conversation.connectTimeout = .milliseconds(300)
                change(&service)
            },
            target: FlowPhone.Conduct(),
            milestones: [.server(sign), .server("engine-lost"), .server("rescue"), .caller("got INVITE")],
            end: .server("transferred"),
            leavings: [.caller(at: .server("engine-change")), .caller(at: .target("sent 180"))]
        )
    }

    static let workflow = CallFlow(
        name: "workflow of four seconds",
        stage: .bank(.seconds(4)),
        cues: [.say("what is my balance", at: .caller("sent ACK"), until: .server("engine-called"))],
        milestones: [.server("engine-called"), .server("filler", after: "engine-called"), .server("tool")],
        end: .server("first-audio", after: "tool"),
        leavings: [
            .caller(at: .server("engine-called")), .caller(at: .server("filler", after: "engine-called")),
            .caller(at: .server("tool")),
        ]
    )

    /// What the engine says before is heard to its end.
    static let sentOn = CallFlow(
        name: "the engine sends the caller on",
        stage: engines(.normal, .normal) { service in
            service.greeting = nil
            service.conversation.stallTime = .seconds(60)
            service.conversation.slowTurn = nil
        },
        target: FlowPhone.Conduct(),
        cues: [.say("a person please", at: .caller("sent ACK"), until: .server("engine-called"))],
        milestones: [.server("caller-said"), .server("engine-called"), .target("got ACK"), .caller("got INVITE")],
        end: .server("transferred"),
        leavings: [
            .caller(at: .server("engine-called")), .caller(at: .server("transfer")),
            .target(at: .target("sent 180"), callerIsKept: true),
        ]
    )
}
