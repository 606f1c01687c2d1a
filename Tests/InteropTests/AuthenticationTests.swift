import ApplicationServer
import Foundation
import ReferenceAS
import SIPTransport
import Testing

extension Interoperation {
    @Suite(
        "Digest authentication",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct AuthenticationTests {
        @Test("A PBX challenges INVITE and BYE of a routed call", arguments: SIPp.Transport.allCases)
        func challenged(_ transport: SIPp.Transport) async throws {
            let secret = try Secret()
            let change = Change { configuration, addresses in
                let suffix = transport == .tcp ? ";transport=tcp" : ""
                configuration.fallback["pbx"]?.uri = "sip:\(addresses.pbx):\(Addresses.pbxPort)\(suffix)"
                var account = AccountDefinition()
                account.peer = addresses.pbx
                account.realm = "pbx"
                account.username = "trunk"
                account.password = secret.reference
                configuration.accounts["pbx"] = account
            }
            try await TestSystem.run(engine: .refuse(status: 503), configure: change) { lab in
                let pbx = try await lab.pbx("uas-pbx-challenges", transport, pause: .milliseconds(100))
                let caller = try lab.caller("uac-call", transport, pause: .milliseconds(100))
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try await lab.record().outcome == .routed)
                await lab.expectIdle()
            }
        }

        @Test("A trunk without a trusted address has to prove who it is", arguments: SIPp.Transport.allCases)
        func challenging(_ transport: SIPp.Transport) async throws {
            let secret = try Secret()
            try await TestSystem.run(configure: Self.users(secret)) { lab in
                let caller = try lab.caller("uac-call-authenticates", transport, pause: .milliseconds(100))
                await caller.expectSuccess()
                #expect(try await lab.record().outcome == .answered)
                #expect(await lab.stack.statistics.challenges == 2)
                await lab.expectIdle()
            }
        }

        @Test("Without credentials: 401, no call and no transaction")
        func refused() async throws {
            let secret = try Secret()
            try await TestSystem.run(configure: Self.users(secret)) { lab in
                // It does not authenticate.
                let caller = try lab.caller("uac-call", pause: .milliseconds(100))
                let isChallenged = await eventually { caller.firstReceived("SIP/2.0 401") != nil }
                #expect(isChallenged)
                #expect(await lab.system.server.statistics.callsReceived == 0)
                #expect(await lab.stack.counts.serverTransactions == 0)
            }
        }

        private static func users(_ secret: Secret) -> Change {
            Change { configuration, addresses in
                configuration.sip.trustedPeers = [IPNetwork(addresses.pbx)].compactMap { $0 }
                configuration.sip.authentication.realm = "sidetone"
                // SIPp knows no other.
                configuration.sip.authentication.algorithms = [.md5]
                var user = UserDefinition()
                user.password = secret.reference
                configuration.users["trunk"] = user
            }
        }
    }
}

/// A password in a file that only its owner can read.
private final class Secret: Sendable {
    private let folder: TemporaryFolder
    let reference: SecretReference

    init() throws {
        folder = try TemporaryFolder()
        let path = "\(folder.path)/secret"
        try #require(
            FileManager.default.createFile(
                atPath: path, contents: Data("secret".utf8), attributes: [.posixPermissions: 0o600]))
        reference = .file(path)
    }
}
