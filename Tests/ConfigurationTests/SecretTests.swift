import Testing

@testable import ReferenceAS

@Suite("Secrets are referred to, never written")
struct SecretTests {
    private static func engine(_ key: String) -> String {
        "engines:\n- name: local\n  url: \"ws://127.0.0.1:1\"\n  apiKey: \"\(key)\"\n"
    }

    @Test("A secret itself is refused, and not repeated", arguments: ["sk-canary", "env:", "file:", "ENV:canary"])
    func literal(key: String) {
        let found = errors(Self.engine(key))
        #expect(found == ["test.yaml:4:11: engines[0].apiKey: must be env:NAME or file:PATH, never the secret itself"])
        #expect(!found.joined().contains("canary"))
    }

    @Test("A variable that is not set is a warning")
    func unsetVariable() throws {
        let (_, warnings) = try read(Self.engine("env:KEY"))
        #expect(warnings == ["test.yaml:4:11: engines[0].apiKey: environment variable KEY is not set"])
        #expect(try read(Self.engine("env:KEY"), environment: ["KEY": "canary"]).warnings == [])
    }

    @Test("A file that others may read is refused", arguments: [0o640, 0o604, 0o620, 0o644])
    func exposedFile(mode: Int) throws {
        try withFile("canary", mode: mode) { path in
            let found = errors(Self.engine("file:\(path)"))
            #expect(found.count == 1)
            #expect(found.first?.hasSuffix("only its owner may read it (chmod 600)") == true)
            #expect(!found.joined().contains("canary"))
        }
    }

    @Test("A private file gives the secret without the line end; an empty one is refused")
    func privateFile() throws {
        try withFile("canary\n", mode: 0o400) { path in
            let (configuration, _) = try read(Self.engine("file:\(path)"))
            #expect(try configuration.engines[0].apiKey?.resolve(environment: [:]) == "canary")
            #expect(!configuration.document().contains("canary"))
        }
        try withFile(" \n") { path in
            #expect(errors(Self.engine("file:\(path)")) == ["test.yaml:4:11: engines[0].apiKey: the secret is empty"])
        }
        #expect(errors(Self.engine("file:/nonexistent/key")).first?.hasSuffix("cannot be read") == true)
    }

    @Test("A key over an unencrypted connection to another host is a warning")
    func cleartext() throws {
        let text = "engines:\n- {name: local, url: \"ws://engine.example/\", apiKey: \"env:KEY\"}"
        let (_, warnings) = try read(text, environment: ["KEY": "x"])
        #expect(warnings == ["test.yaml:2:22: engines[0].url: the API key would cross the network unencrypted"])
    }
}
