import Testing

@testable import ReferenceAS

@Suite("Environment and --set")
struct OverrideTests {
    @Test("The command line counts over the environment, the environment over the file")
    func precedence() throws {
        let text = "limits: {maxCalls: 1}\nlog: {level: error}\nsip: {name: a}"
        let environment = ["SIDETONE_LIMITS_MAX_CALLS": "2", "SIDETONE_LOG_LEVEL": "debug"]
        let set = [("limits.maxCalls", "3"), ("limits.maxCalls", "4")]
        let configuration = try read(text, environment: environment, set: set).configuration
        #expect(configuration.limits.maxCalls == 4)
        #expect(configuration.log.level == .debug)
        #expect(configuration.sip.name == "a")
    }

    @Test(
        "Lists take commas or brackets",
        arguments: ["udp://127.0.0.1:1, tcp://[::1]:2", "[\"udp://127.0.0.1:1\", \"tcp://[::1]:2\"]"])
    func lists(value: String) throws {
        let listen = ["udp://127.0.0.1:1", "tcp://[::1]:2"]
        #expect(try read("", set: [("sip.listen", value)]).configuration.sip.listen.map(\.description) == listen)
        let environment = ["SIDETONE_SIP_LISTEN": value]
        #expect(try read("", environment: environment).configuration.sip.listen.map(\.description) == listen)
    }

    @Test("Engines, services and fallbacks are addressed by name")
    func records() throws {
        let environment = ["SIDETONE_ENGINES_LOCAL_URL": "ws://127.0.0.1:9/x", "SIDETONE_FALLBACK_PBX_MODE": "reject"]
        let set = [
            ("services.assistant.instructions", "Be: brief, {kind}"), ("services.assistant.match.requestURI", "100"),
            ("services.assistant.transferTargets", "{desk: \"sip:desk@x\"}"),
            ("engines.second.url", "wss://second.example"),
        ]
        let configuration = try read("", environment: environment, set: set).configuration
        #expect(configuration.engines.map(\.url) == ["ws://127.0.0.1:9/x", "wss://second.example"])
        #expect(configuration.fallback["pbx"]?.mode == .reject)
        #expect(configuration.services[0].assistant.instructions == "Be: brief, {kind}")
        #expect(configuration.services[0].match == ServiceMatch(serviceInfo: "assistant", requestURI: "100"))
        #expect(configuration.services[0].assistant.onward.transferTargets == ["desk": "sip:desk@x"])
    }

    @Test("What is wrong names the variable or the option")
    func errorsNameTheSource() {
        #expect(
            errors("", environment: ["SIDETONE_LOG_LEVEL": "loud"])[0]
                .hasPrefix("environment variable SIDETONE_LOG_LEVEL: log.level: must be one of")
        )
        #expect(
            errors("", set: [("sip.listn", "x")])
                == ["--set sip.listn: sip.listn: unknown key; did you mean sip.listen?"]
        )
        #expect(errors("", set: [("sip..listen", "x")]) == ["--set sip..listen: sip..listen: is no name of a key"])
        #expect(errors("", set: [("sip.listen", "[")]).count == 1)
    }

    @Test("A variable that nobody knows is a warning with the nearest one")
    func unknownVariable() throws {
        let (_, warnings) = try read("", environment: ["SIDETONE_SIP_LISTN": "x", "HOME": "/"])
        #expect(
            warnings == ["environment variable SIDETONE_SIP_LISTN is not known; did you mean SIDETONE_SIP_LISTEN?"]
        )
    }
}

@Suite("Files")
struct FileTests {
    @Test("A file that cannot be read is told apart from one that is wrong")
    func unreadable() {
        let error = #expect(throws: ConfigurationErrors.self) {
            try ASConfiguration.load(file: "/nonexistent.yaml", environment: [:], overrides: [])
        }
        #expect(error?.unreadableFile == "/nonexistent.yaml")
    }

    @Test("Errors name the file")
    func namesFile() throws {
        try withFile("log: {levle: info}") { path in
            let error = #expect(throws: ConfigurationErrors.self) {
                try ASConfiguration.load(file: path, environment: [:], overrides: [])
            }
            #expect(error?.unreadableFile == nil)
            #expect(error?.description == "\(path):1:7: log.levle: unknown key; did you mean log.level?")
        }
    }

    @Test("No file: the defaults")
    func noFile() throws {
        let (configuration, warnings) = try ASConfiguration.load(file: nil, environment: [:], overrides: [])
        #expect(configuration == .defaults)
        #expect(warnings == [])
    }
}
