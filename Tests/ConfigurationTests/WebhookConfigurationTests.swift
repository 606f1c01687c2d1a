import Testing

@testable import ReferenceAS

@Suite("Services that an HTTP service leads, in the configuration")
struct WebhookConfigurationTests {
    private static func text(
        _ webhook: String = "{url: \"https://crm.example/events\", secret: env:KEY}",
        http: String = "{allow: [\"https://crm.example\"]}",
        more: String = ""
    ) -> String {
        "http: \(http)\nservices:\n- name: line\n  type: webhook\n  webhook: \(webhook)\n\(more)"
    }

    @Test("The keys of a webhook and of a voice")
    func keys() throws {
        let (configuration, warnings) = try read(
            Self.text(
                """
                {url: "https://crm.example:8443/events?v=1", secret: env:KEY, previousSecret: env:OLD, timeout: 2s,
                     retries: 3, files: /srv/prompts, announcement: /srv/sorry.wav, maxActions: 50, timeToAnswer: 20s}
                """,
                http: "{allow: [\"https://crm.example:8443\", \"https://tts.example\"]}",
                more: """
                      filler: {pause: 700ms, steps: ["loop:/srv/music.wav"]}
                      transferTargets: {queue: "sip:queue@pbx.example"}
                      fallback: pbx
                    speech: {url: "https://tts.example/v1/audio/speech", voice: nova, model: tts-1, cacheSize: 2000000}
                    """),
            environment: ["KEY": "a", "OLD": "b"]
        )
        #expect(warnings.isEmpty)
        let service = try #require(configuration.services.first)
        #expect(service.type == .webhook)
        let webhook = service.webhook
        #expect(webhook.url?.description == "https://crm.example:8443/events?v=1")
        #expect(webhook.secret == .environment("KEY"))
        #expect(webhook.previousSecret == .environment("OLD"))
        #expect(webhook.timeout == .seconds(2))
        #expect(webhook.retries == 3)
        #expect(webhook.files == "/srv/prompts")
        #expect(webhook.announcement == "/srv/sorry.wav")
        #expect(webhook.limits.actionsInCall == 50)
        #expect(webhook.limits.timeToAnswer == .seconds(20))
        #expect(webhook.filler.pause == .milliseconds(700))
        #expect(webhook.onward.transferTargets == ["queue": "sip:queue@pbx.example"])
        #expect(webhook.fallback == "pbx")
        #expect(configuration.speech.voice == "nova")
        #expect(configuration.speech.cacheSize == 2_000_000)
    }

    @Test("The written defaults hold the keys, and reading them gives the same")
    func document() throws {
        let environment = ["KEY": "a"]
        let configuration = try read(Self.text(), environment: environment).configuration
        let document = configuration.document()
        #expect(document.contains("# Environment: SIDETONE_SERVICES_LINE_WEBHOOK_URL"))
        #expect(document.contains("# Environment: SIDETONE_SPEECH_URL"))
        #expect(try read(document, environment: environment).configuration == configuration)
    }

    @Test("Each key is one of the environment and of --set")
    func overrides() throws {
        let configuration = try read(
            Self.text(),
            environment: ["KEY": "a", "SIDETONE_SERVICES_LINE_WEBHOOK_RETRIES": "4"],
            set: [("services.line.webhook.timeout", "250ms"), ("speech.voice", "rms")]
        ).configuration
        #expect(configuration.services[0].webhook.retries == 4)
        #expect(configuration.services[0].webhook.timeout == .milliseconds(250))
        #expect(configuration.speech.voice == "rms")
    }

    @Test(
        "What is refused, and where",
        arguments: [
            (Self.text("{secret: env:KEY}"), "3:3: services[0].webhook.url: is missing"),
            (Self.text("{url: \"https://crm.example/\"}"), "3:3: services[0].webhook.secret: is missing"),
            (
                Self.text(http: "{}"),
                "5:18: services[0].webhook.url: https://crm.example is in neither http.allow nor http.allowPrivate"
            ),
            (
                Self.text("{url: \"ws://crm.example/\", secret: env:KEY}"),
                "5:18: services[0].webhook.url: must be an http:// or https:// URL with a host, not \"ws://crm.example/\""
            ),
            (
                Self.text("{url: \"https://crm.example/\", secret: hunter2}"),
                "5:50: services[0].webhook.secret: must be env:NAME or file:PATH, never the secret itself"
            ),
            (
                Self.text(more: "  fallback: pxb"),
                "6:13: services[0].fallback: there is no fallback pxb; did you mean pbx?"
            ),
            (
                Self.text(more: "  greeting: Hello"),
                "6:3: services[0].greeting: is a key of type assistant, but this service is of type webhook"
            ),
            (
                Self.text(more: "speech: {url: \"http://127.0.0.1:9/\"}"),
                "6:15: speech.url: http://127.0.0.1:9 is in neither http.allow nor http.allowPrivate"
            ),
        ])
    func refused(_ text: String, _ message: String) {
        #expect(errors(text, environment: ["KEY": "a"]) == ["test.yaml:" + message])
    }

    @Test("Events that others could read along, and a key that is not set, are warned of")
    func warnings() throws {
        let text = Self.text(
            "{url: \"http://crm.example/events\", secret: env:KEY}", http: "{allow: [\"http://crm.example\"]}")
        #expect(
            try read(text).warnings == [
                "test.yaml:5:18: services[0].webhook.url: what is sent there crosses the network unencrypted",
                "test.yaml:5:55: services[0].webhook.secret: environment variable KEY is not set",
            ])
    }
}
