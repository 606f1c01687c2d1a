import ApplicationServer
import ReferenceAS
import Testing

extension Interoperation {
    @Suite(
        "Services by their type",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct ServiceTypeTests {
        // MARK: Announcement

        static let announcements: [ServiceFlow] = [
            ServiceFlow(
                testDescription: "Early media in a reliable 183, then 480 with its cause",
                caller: "uac-announced", outcome: .rejected, events: ["early-media"]
            ) { _, folder in
                try playing(folder) { settings in settings.cause = 31 }
            },
            ServiceFlow(
                testDescription: "A caller without 100rel gets a 183 that is not reliable, then the party's answer",
                caller: "uac-no-100rel", parties: ["uas-pbx"], outcome: .routed, events: ["early-media"]
            ) { addresses, folder in
                try playing(folder) { settings in
                    settings.end = .route
                    settings.target = "desk"
                    settings.onward.transferTargets = ["desk": ServiceFlow.party(0, addresses)]
                }
            },
            ServiceFlow(
                testDescription: "Early media, then another party in a dialog of its own",
                caller: "uac-announced-then-answered", parties: ["uas-pbx"], outcome: .routed
            ) { addresses, folder in
                try playing(folder) { settings in
                    settings.end = .route
                    settings.target = "desk"
                    settings.onward.transferTargets = ["desk": ServiceFlow.party(0, addresses)]
                }
            },
            ServiceFlow(
                testDescription: "The caller gives up during early media",
                caller: "uac-cancel", outcome: .cancelled, events: ["early-media"], pause: .milliseconds(50)
            ) { _, folder in
                try playing(folder, seconds: 20) { _ in }
            },
            ServiceFlow(
                testDescription: "A file that is not there: what follows comes at once",
                caller: "uac-call-expect-486", outcome: .rejected, events: ["announcement-skipped"]
            ) { _, folder in
                try playing(folder) { settings in
                    settings.sounds = [.file("\(folder.path)/absent.wav")]
                    settings.status = 486
                }
            },
            ServiceFlow(
                testDescription: "Answered, then hung up",
                caller: "uac-call-peer-hangs-up", outcome: .answered
            ) { _, folder in
                try playing(folder) { settings in settings.when = .answered }
            },
            ServiceFlow(
                testDescription: "Answered, then transferred by re-INVITE",
                caller: "uac-call-engine-lost", parties: ["uas-pbx"], outcome: .answered, events: ["transferred"]
            ) { addresses, folder in
                try playing(folder) { settings in
                    settings.when = .answered
                    settings.end = .transfer
                    settings.target = "desk"
                    settings.onward.transferTargets = ["desk": ServiceFlow.party(0, addresses)]
                }
            },
            ServiceFlow(
                testDescription: "The caller hangs up during the announcement",
                caller: "uac-call", outcome: .answered, pause: .milliseconds(100)
            ) { _, folder in
                try playing(folder, seconds: 20) { settings in settings.when = .answered }
            },
        ]

        @Test("Announcement", arguments: announcements)
        func announcement(_ flow: ServiceFlow) async throws {
            try await flow.run()
        }

        private static func playing(
            _ folder: TemporaryFolder, seconds: Int = 1, _ change: (inout AnnouncementDefinition) -> Void
        ) throws -> ServiceSettings {
            var settings = AnnouncementDefinition()
            settings.sounds = [.file(try folder.tone(440, seconds: seconds))]
            change(&settings)
            return .announcement(settings)
        }
    }
}
