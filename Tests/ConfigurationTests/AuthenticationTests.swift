import SIP
import Testing

@testable import ReferenceAS

@Suite("Accounts and users")
struct AuthenticationTests {
    private static let text = """
        sip:
          authentication: { realm: "sip.example", networks: ["198.51.100.0/24"], algorithms: [SHA-512-256, MD5] }
        accounts:
          carrier: { peer: sbc.example, realm: example, username: us, password: "env:CARRIER" }
        users:
          branch-7: { password: "env:BRANCH" }
        """

    private static let environment = ["CARRIER": "a", "BRANCH": "b"]

    @Test("They are read, and written as they are read")
    func reading() throws {
        let (configuration, warnings) = try read(Self.text, environment: Self.environment)
        #expect(warnings == [])
        #expect(configuration.sip.authentication.realm == "sip.example")
        #expect(configuration.sip.authentication.networks.map(\.description) == ["198.51.100.0/24"])
        #expect(configuration.sip.authentication.algorithms == [.sha512Truncated256, .md5])
        #expect(configuration.accounts["carrier"]?.peer == "sbc.example")
        #expect(configuration.accounts["carrier"]?.password == .environment("CARRIER"))
        #expect(configuration.users["branch-7"]?.password == .environment("BRANCH"))
        #expect(try read(configuration.document(), environment: Self.environment).0 == configuration)
    }

    @Test("A password may come from the environment's own key")
    func overriding() throws {
        let (configuration, _) = try read(
            Self.text,
            environment: Self.environment.merging(["SIDETONE_USERS_BRANCH_7_PASSWORD": "env:CARRIER"]) { $1 }
        )
        #expect(configuration.users["branch-7"]?.password == .environment("CARRIER"))
    }

    @Test(
        "What does not go together",
        arguments: [
            ("sip: { authentication: { realm: x } }", "there are no users"),
            ("users: { a: { password: \"env:BRANCH\" } }", "set sip.authentication.realm"),
            ("users: { a: {} }", "users.a.password: is missing"),
            ("accounts: { a: { peer: b, realm: c, username: d } }", "accounts.a.password: is missing"),
            ("sip: { authentication: { algorithms: [MD4] } }", "one of SHA-256"),
        ])
    func faults(_ text: String, _ expected: String) {
        let error = #expect(throws: ConfigurationErrors.self) {
            _ = try read(text, environment: Self.environment)
        }
        let messages = error?.errors.map(\.description).joined(separator: "\n") ?? ""
        #expect(messages.contains(expected), "\(messages)")
    }
}
