import ApplicationServer
import Testing

@testable import ReferenceAS

@Suite("Reading a configuration")
struct ReadingTests {
    static let example = """
        sip:
          listen: ["udp://192.0.2.1:5060", "tcp://[2001:db8::1]:5070"]
          trustedPeers: ["10.0.0.0/8", "2001:db8::/32"]
          trustDomain: ["10.1.0.0/16"]
          allowUntrusted: true
          domain: as.ims.example
          name: my-as
          timers: { t1: 100ms, t2: 1s, t4: 1500ms }
        media:
          address: 192.0.2.1
          ports: "30000-30999"
          codecs: [pcmu, PCMA]
        engines:
          - name: cloud
            dialect: openai-realtime
            url: "wss://engine.example/v1/realtime?model=x"
            apiKey: "env:KEY"
          - name: spare
            url: "ws://127.0.0.1:1/"
        services:
          - name: sales
            match: { serviceInfo: sales, sessionCase: terminating-registered }
            engine: cloud
            engines: [spare]
            filler: { enabled: false, pause: 700ms, steps: [tone, "2s say:One moment.", "loop:/m.wav", "5s file:/a b.wav"] }
            conversation:
              stallTime: 3s
              longestWait: 9s
              slowTurn: off
              slowTurns: 3
              connectTimeout: 900ms
              continuation: Go on
              noInput: { time: 8s, prompts: 1, end: transfer, prompt: Anybody?, repetition: Pardon? }
              keys: { collect: true, length: 6, terminator: "*", timeout: 2s }
              longestTurn: 40s
            fallback: queue
            instructions: "Sell: everything"
            greeting: Hello
            voice: alloy
            transferTargets: { boss: "sip:boss@ims.example", desk: "tel:+491234" }
            transfer: { ways: [refer, reinvite], next: [desk], ringTime: 20s, notifyTime: 5s, limit: 90s, offer: update }
            handOver:
              userToUser: true
              purpose: crm
              limit: 256
              headers: { X-Intent: intent, X-Caller: caller-name }
              engineHeaders: [X-Bot]
              body: true
              recordURL: "https://as.example/handovers/"
            policy:
              allow: ["+4144", "sip:*@agents.example", "sip:help@pbx.example:5080"]
              deny: ["+4144900"]
              numberGateway: "sip:pbx.example"
              maxTransfers: 2
              maxCalls: 30
              perSecond: 4
              perMinute: 50
              starters: [crm]
          - name: other
            engine: cloud
        fallback:
          queue: { uri: "sip:queue@pbx.example", mode: reject, engineTimeout: 900ms }
        limits: { maxCalls: 100 }
        admin: { listen: "[::1]:9090", token: "env:KEY" }
        log: { level: debug, format: json }
        """

    static let conversation: ConversationPolicy = {
        var policy = ConversationPolicy()
        policy.filler.isEnabled = false
        policy.filler.pause = .milliseconds(700)
        policy.filler.steps = [
            FillerStep(.tone), FillerStep(.speech("One moment."), after: .seconds(2)),
            FillerStep(.file(path: "/m.wav", isLooped: true)),
            FillerStep(.file(path: "/a b.wav", isLooped: false), after: .seconds(5)),
        ]
        policy.stallTime = .seconds(3)
        policy.longestWait = .seconds(9)
        policy.slowTurn = nil
        policy.slowTurnLimit = 3
        policy.connectTimeout = .milliseconds(900)
        policy.continuation = "Go on"
        policy.silence.time = .seconds(8)
        policy.silence.prompts = 1
        policy.silence.end = .transfer
        policy.silence.prompt = "Anybody?"
        policy.silence.repetition = "Pardon?"
        policy.digits.isCollecting = true
        policy.digits.length = 6
        policy.digits.terminator = "*"
        policy.digits.timeout = .seconds(2)
        policy.longestTurn = .seconds(40)
        return policy
    }()

    @Test("Every key is read")
    func allKeys() throws {
        let (configuration, warnings) = try read(Self.example, environment: ["KEY": "secret"])
        #expect(warnings == [])
        #expect(configuration.sip.listen.map(\.description) == ["udp://192.0.2.1:5060", "tcp://[2001:db8::1]:5070"])
        #expect(configuration.sip.listen[1].host == "2001:db8::1")
        #expect(configuration.sip.trustedPeers.map(\.prefixLength) == [8, 32])
        #expect(configuration.sip.trustDomain.map(\.prefixLength) == [16])
        #expect(configuration.sip.allowUntrusted)
        #expect(configuration.sip.domain == "as.ims.example")
        #expect(configuration.sip.name == "my-as")
        #expect(configuration.sip.timers.t1 == .milliseconds(100))
        #expect(configuration.sip.timers.t4 == .milliseconds(1_500))
        #expect(configuration.media.address == "192.0.2.1")
        #expect(configuration.media.ports.range == 30_000...30_999)
        #expect(configuration.media.ports.pairs == 500)
        #expect(configuration.media.usableCodecs == ["PCMU", "PCMA"])
        #expect(configuration.engines.map(\.name) == ["cloud", "spare"])
        #expect(configuration.engines[0].apiKey == .environment("KEY"))
        let sales = configuration.services[0].assistant
        #expect(
            configuration.services[0].match == ServiceMatch(serviceInfo: "sales", sessionCase: .terminatingRegistered))
        #expect(sales.instructions == "Sell: everything")
        #expect(sales.onward.transferTargets == ["boss": "sip:boss@ims.example", "desk": "tel:+491234"])
        #expect(sales.onward.transfer.ways == [.refer, .reinvite])
        #expect(sales.onward.transfer.next == ["desk"])
        #expect(sales.onward.transfer.ringTime == .seconds(20))
        #expect(sales.onward.transfer.notifyTime == .seconds(5))
        #expect(sales.onward.transfer.limit == .seconds(90))
        #expect(sales.onward.transfer.offer == .update)
        #expect(sales.onward.handOver.value.userToUser?.purpose == "crm")
        #expect(sales.onward.handOver.value.userToUser?.discriminator == nil)
        #expect(sales.onward.handOver.value.userToUser?.limit == 256)
        #expect(sales.onward.handOver.value.headers == ["X-Intent": .intent, "X-Caller": .callerName])
        #expect(sales.onward.handOver.value.engineHeaders == ["x-bot"])
        #expect(sales.onward.handOver.value.sendsBody)
        #expect(sales.onward.handOver.value.recordURL == "https://as.example/handovers/")
        #expect(
            sales.onward.policy.allowed.map(\.description) == [
                "+4144", "sip:*@agents.example", "sip:help@pbx.example:5080",
            ])
        #expect(sales.onward.policy.denied.map(\.description) == ["+4144900"])
        #expect(sales.onward.policy.numberGateway == "sip:pbx.example")
        #expect(sales.onward.policy.maximumTransfers == 2)
        #expect(sales.onward.policy.maximumCalls == 30)
        #expect(sales.onward.policy.maximumPerSecond == 4)
        #expect(sales.onward.policy.maximumPerMinute == 50)
        #expect(sales.onward.policy.starters == ["crm"])
        #expect(sales.alternatives == ["spare"])
        #expect(sales.conversation == Self.conversation)
        #expect(configuration.services[1].assistant.conversation == ConversationPolicy())
        #expect(configuration.services[1].assistant.onward.handOver.value.isEmpty)
        #expect(configuration.defaultService?.name == "other")
        #expect(configuration.fallback["queue"]?.mode == .reject)
        #expect(configuration.fallback["queue"]?.engineTimeout == .milliseconds(900))
        #expect(configuration.limits.maxCalls == 100)
        #expect(configuration.admin.listen == HostPort(host: "::1", port: 9_090))
        #expect(configuration.log.level == .debug)
        #expect(configuration.log.format == .json)
    }

    @Test("Nothing written gives the defaults, without a warning", arguments: ["", "# nothing\n", "sip:\nengines:\n"])
    func empty(text: String) throws {
        let (configuration, warnings) = try read(text)
        #expect(configuration == .defaults)
        #expect(warnings == [])
    }

    @Test("What is written for the defaults gives the defaults again, and names every key")
    func defaultsDocument() throws {
        let document = ASConfiguration.defaults.document()
        #expect(try read(document).configuration == .defaults)
        for key in ConfigurationTable.settings {
            #expect(document.contains(Overrides.variable(for: key.name)))
            #expect(document.contains("# \(key.meaning)"))
        }
    }

    @Test("A configuration written and read again is the same")
    func roundTrip() throws {
        var configuration = try read(Self.example, environment: ["KEY": "secret"]).configuration
        configuration.services[0].assistant.instructions = "a \"quoted\" \\ text:\n\twith # all\u{1}"
        let again = try read(configuration.document(), environment: ["KEY": "secret"]).configuration
        #expect(again == configuration)
    }

    #if !G729
        @Test("Codecs that are known but not built are passed over with a warning, if they were asked for")
        func unbuiltCodecs() throws {
            let (configuration, warnings) = try read("media:\n  codecs: [G729, opus, PCMA]")
            #expect(configuration.media.usableCodecs == ["opus", "PCMA"])
            #expect(warnings == ["test.yaml:2:11: media.codecs: this build lacks G729: passed over"])
        }

        @Test("A configuration with no codec of this build is refused")
        func noCodec() {
            let built = "AMR, AMR-WB, G722, L16, PCMA, PCMU, opus"
            let expected = "test.yaml:1:17: media.codecs: names none of the codecs of this build: \(built)"
            #expect(errors("media: {codecs: [G729]}") == [expected])
        }
    #endif

    @Test("Whether media is encrypted")
    func protection() throws {
        let standard = try read("{}").configuration.serverConfiguration.protection
        #expect(standard.policy == .accept)
        #expect(standard.agreements == [.descriptions, .dtls])
        let (configuration, warnings) = try read(
            "sip: {listen: [\"udp://192.0.2.1:5060\"]}\nmedia: {srtp: require, keyAgreement: [dtls, sdes]}")
        #expect(configuration.serverConfiguration.protection.policy == .require)
        #expect(configuration.serverConfiguration.protection.agreements == [.dtls, .descriptions])
        #expect(warnings.isEmpty)
        #expect(try read("media: {srtp: off, keyAgreement: []}").configuration.media.srtp == .off)
        let open = try read("sip: {listen: [\"udp://192.0.2.1:5060\"]}\nmedia: {srtp: offer}").warnings
        #expect(open.count == 1)
        #expect(
            open.first?.hasSuffix(
                "media.keyAgreement: keys cross the network readable in SIP over udp://192.0.2.1:5060")
                == true)
        #expect(
            errors("media: {srtp: yes}")
                == ["test.yaml:1:15: media.srtp: must be one of off, accept, offer, require, not \"yes\""])
        #expect(
            errors("media: {keyAgreement: []}")
                == ["test.yaml:1:23: media.keyAgreement: must name at least one way, or media.srtp be off"])
        #expect(
            errors("media: {keyAgreement: [dtls, dtls]}")
                == ["test.yaml:1:23: media.keyAgreement: names a way twice"])
    }

    @Test("A second media address is of the other IP version")
    func mediaAddresses() throws {
        let configuration = try read("media: {address: 192.0.2.1, otherAddress: \"2001:db8::1\"}").configuration
        #expect(configuration.mediaConfiguration.address == "192.0.2.1")
        #expect(configuration.mediaConfiguration.otherAddress == "2001:db8::1")
        #expect(
            errors("media: {address: 192.0.2.1, otherAddress: 192.0.2.2}")
                == ["test.yaml:1:43: media.otherAddress: is of the same IP version as media.address"])
    }

    @Test("Every codec of this build is one that a configuration may name, and has formats to offer")
    func builtCodecs() {
        for name in ASConfiguration.MediaSettings.builtCodecs {
            #expect(ASConfiguration.MediaSettings.knownCodecs.contains(name))
            var configuration = ASConfiguration()
            configuration.media.codecs = [name]
            #expect(configuration.serverConfiguration.codecs.first?.encodingName == name)
        }
        let standard = ASConfiguration.MediaSettings()
        #expect(standard.usableCodecs == standard.codecs)
    }

    @Test(
        "Durations",
        arguments: [
            ("1500ms", .milliseconds(1_500)), ("30s", .seconds(30)), ("2m", .seconds(120)), ("1h", .seconds(3_600)),
        ]
            as [(String, Duration)]
    )
    func durations(text: String, duration: Duration) {
        #expect(Duration(configurationText: text) == duration)
        #expect(Duration(configurationText: duration.configurationText) == duration)
    }

    @Test(
        "What is no duration",
        arguments: [
            "", "1500", "ms", "1.5s", "-1s", "1 s", "1S", "1sm", "٣s", "99999999999999999999s", "9999999999999999h",
        ]
    )
    func noDuration(text: String) {
        #expect(Duration(configurationText: text) == nil)
    }
}
