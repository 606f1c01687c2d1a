import Testing

@testable import ReferenceAS

@Suite("What is wrong, where, and what was meant")
struct ConfigurationErrorTests {
    @Test(
        "An unknown key names the nearest known one",
        arguments: [
            ("sip:\n  listn: []", "test.yaml:2:3: sip.listn: unknown key; did you mean sip.listen?"),
            ("spi:\n  listen: []", "test.yaml:1:1: spi: unknown key; did you mean sip?"),
            ("sip: {timers: {T1: 1s}}", "test.yaml:1:16: sip.timers.T1: unknown key; did you mean sip.timers.t1?"),
            ("trustedPeers: []", "test.yaml:1:1: trustedPeers: unknown key; did you mean sip.trustedPeers?"),
            ("service: []", "test.yaml:1:1: service: unknown key; did you mean services?"),
            (
                "\nfallback:\n  pbx:\n    engineTimeuot: 1s",
                "test.yaml:4:5: fallback.pbx.engineTimeuot: unknown key; did you mean fallback.pbx.engineTimeout?"
            ),
            (
                "services:\n- {name: a, engine: local, match: {serviceinfo: x}}",
                "test.yaml:2:36: services[0].match.serviceinfo: unknown key; did you mean services[0].match.serviceInfo?"
            ),
        ]
    )
    func unknownKeys(text: String, message: String) {
        #expect(errors(text) == [message])
    }

    @Test(
        "A value that does not do",
        arguments: [
            ("sip:\n  listen: udp://127.0.0.1:5060", "2:11: sip.listen: must be a list, not a single value"),
            (
                "sip:\n  listen:\n  - udp://127.0.0.1:5060\n  - sctp://127.0.0.1:5060",
                "4:5: sip.listen: must be udp://, tcp:// or tls:// and host:port, not \"sctp://127.0.0.1:5060\""
            ),
            (
                "sip: {trustedPeers: [10.0.0.1/8]}",
                "1:22: sip.trustedPeers: must be a block of addresses such as 10.0.0.0/8, its other bits zero, not "
                    + "\"10.0.0.1/8\""
            ),
            ("sip: {allowUntrusted: yes}", "1:23: sip.allowUntrusted: must be true or false, not \"yes\""),
            (
                "sip: {timers: {t1: 500}}",
                "1:20: sip.timers.t1: must be a duration with its unit, such as 1500ms or 30s, not \"500\""
            ),
            ("media: {ports: 20001-20100}", "1:16: media.ports: must start with an even port: RTP is on even ports"),
            (
                "media: {ports: 20002-20000}",
                "1:16: media.ports: the range 20002-20000 is empty: the second port must be the higher one"
            ),
            ("media: {ports: 80-200}", "1:16: media.ports: must lie above 1023"),
            (
                "media: {codecs: [G711]}",
                "1:18: media.codecs: must be one of AMR-WB, opus, G722, L16, PCMA, PCMU, AMR, G729, not \"G711\""
            ),
            ("limits: {maxCalls: 0}", "1:20: limits.maxCalls: must be a number from 1 to 100000, not \"0\""),
            ("log: {format: xml}", "1:15: log.format: must be one of text, json, not \"xml\""),
            ("sip: 5", "1:6: sip: must be a mapping of keys, not a single value"),
            ("engines: {}", "1:10: engines: must be a list, not a mapping"),
            (
                "fallback: {pbx: {uri: http://x}}",
                "1:23: fallback.pbx.uri: must be a sip:, sips: or tel: URI, not \"http://x\""
            ),
        ]
    )
    func values(text: String, message: String) {
        #expect(errors(text) == ["test.yaml:" + message])
    }

    @Test(
        "What is no YAML",
        arguments: [
            ("sip: [", "test.yaml:2:1: "), ("a: b: c", "test.yaml:1:5: "), ("- a", "test.yaml:1:1: "),
            ("text", "test.yaml:1:1: "),
            ("sip: {}\nlog: {}\nsip: {}", "test.yaml:1:1: sip: stands more than once"), ("a: *b", "test.yaml:1:4: "),
        ]
    )
    func noYAML(text: String, beginning: String) {
        let found = errors(text)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(beginning) == true, "\(found)")
    }

    @Test("All errors come at once, in the order of the file")
    func allAtOnce() {
        let found = errors("log: {level: loud}\nsip:\n  alowUntrusted: true\nmedia: {address: localhost}\n")
        #expect(found.map { $0.split(separator: " ")[0] } == ["test.yaml:1:14:", "test.yaml:3:3:", "test.yaml:4:18:"])
    }

    @Test("What a record must have")
    func required() {
        #expect(
            errors("engines:\n  - dialect: openai-realtime") == [
                "test.yaml:2:5: engines[0].name: is missing", "test.yaml:2:5: engines[0].url: is missing",
            ]
        )
    }

    @Test(
        "Names lead somewhere, and values go together",
        arguments: [
            (
                "services:\n- name: a\n  engine: locla",
                "3:11: services[0].engine: there is no engine locla; did you mean local?"
            ),
            (
                "services:\n- {name: a, engine: local, fallback: pxb}",
                "2:38: services[0].fallback: there is no fallback pxb; did you mean pbx?"
            ),
            (
                "services:\n- {name: a, engine: local}\n- {name: a, engine: local}",
                "3:10: services[1].name: another service is named a"
            ),
            (
                "fallback: {pbx: {uri: sip:p, engineTimeout: 2s}}",
                "1:45: fallback.pbx.engineTimeout: must be from 1ms to 1900ms: an S-CSCF gives up after 2s"
            ),
            (
                "fallback: {pbx: {mode: route}}",
                "defaults: fallback.pbx.uri: mode route needs to know where to: the SIP URI of the PBX"
            ),
            ("sip: {listen: []}", "1:15: sip.listen: must name at least one address"),
            ("sip: {timers: {t1: 8s}}", "defaults: sip.timers.t2: must not be shorter than sip.timers.t1"),
            (
                "sip: {trustedPeers: []}",
                "1:21: sip.trustedPeers: names nobody: no call could come; name peers, or set sip.allowUntrusted"
            ),
        ]
    )
    func crossChecks(text: String, message: String) {
        #expect(errors(text) == [message.hasPrefix("defaults") ? message : "test.yaml:" + message])
    }

    @Test("A tls listener wants certificate, key, trust roots and the names of its peers")
    func tls() {
        let found = errors("sip: {listen: [\"tls://127.0.0.1:5061\"]}")
        #expect(found.count == 4)
        #expect(found.allSatisfy { $0.contains("sip.tls.") })
    }

    @Test(
        "How long a caller waits, and for which engines",
        arguments: [
            ("engines: [locla]", "engines: there is no engine locla; did you mean local?"),
            ("engines: [local]", "engines: names an engine twice, or that of engine"),
            ("filler: {pause: 2s}", "filler.pause: must be a duration from 200ms to 1300ms, not \"2s\""),
            (
                "filler: {steps: [\"play:x\"]}",
                "filler.steps: must be tone, file:PATH, loop:PATH or say:TEXT, a time before it, not \"play:x\""
            ),
            (
                "conversation: {slowTurn: 1h}",
                "conversation.slowTurn: must be a duration from 500ms to 60s, or off, not \"1h\""
            ),
            (
                "conversation: {stallTime: 20s}",
                "conversation.longestWait: must not be shorter than conversation.stallTime"
            ),
            (
                "conversation: {noInput: {end: transfer}}",
                "conversation.noInput.end: transfer needs a fallback with a URI"
            ),
            (
                "conversation: {keys: {terminator: x}}",
                "conversation.keys.terminator: must be one of 0 to 9, *, #, A to D, or off, not \"x\""
            ),
        ]
    )
    func conversation(keys: String, message: String) {
        let found = errors("services:\n- {name: a, engine: local, \(keys)}")
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix(": services[0].\(message)") == true, "\(found)")
    }

    @Test(
        "Where calls go, with what and whom they may reach",
        arguments: [
            ("transfer: {ways: [fax]}", "transfer.ways: must be one of reinvite, refer, attended, relay, not \"fax\""),
            ("transfer: {ways: [refer, refer]}", "transfer.ways: names a way twice"),
            (
                "transferTargets: {desk: \"sip:d@h\"}, transfer: {next: [dsek]}",
                "transfer.next: there is no transfer target dsek; did you mean desk?"
            ),
            ("transfer: {notifyTime: 2h}", "transfer.notifyTime: must be from 1ms to 1h"),
            (
                "handOver: {headers: {Via: summary}}",
                "handOver.headers: must be the name of a header field that is not one of SIP's own, not \"Via\""
            ),
            ("handOver: {limit: 5}", "handOver.limit: must be a number from 16 to 4096, not \"5\""),
            (
                "policy: {allow: [\"0041\"]}",
                "policy.allow: must be sip:user@host, sip:*@host or a number with its country code, not \"0041\""
            ),
            (
                "policy: {allow: [\"+41\"]}",
                "policy.allow: has numbers: set policy.numberGateway, which takes calls to them"
            ),
            (
                "policy: {numberGateway: \"sip:me@pbx.example\"}",
                "policy.numberGateway: must be sip:host, without a user: the number takes its place"
            ),
        ]
    )
    func handOver(keys: String, message: String) {
        let found = errors("services:\n- {name: a, engine: local, \(keys)}")
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix(": services[0].\(message)") == true, "\(found)")
    }

    @Test(
        "A service has the keys of its type",
        arguments: [
            (
                "type: anouncement",
                "2:19: services[0].type: must be one of \(ServiceType.allCases.map(\.rawValue).joined(separator: ", ")), "
                    + "not \"anouncement\""
            ),
            (
                "engine: local, times: 2",
                "2:28: services[0].times: is a key of type announcement, but this service is of type assistant"
            ),
            (
                "type: announcement, sounds: [\"file:/a\"], voice: x",
                "2:54: services[0].voice: is a key of type assistant, but this service is of type announcement"
            ),
            (
                "type: announcement, sounds: [\"file:/a\"], tymes: 2",
                "2:54: services[0].tymes: unknown key; did you mean services[0].times?"
            ),
            ("type: announcement", "2:3: services[0].sounds: is missing"),
            (
                "type: queue, agents: [ann, bob], transferTargets: {ann: \"sip:a@h\"}",
                "2:34: services[0].agents: there is no transfer target bob; did you mean ann?"
            ),
            (
                "type: queue, agents: [ann], transferMethod: refer, transferTargets: {ann: \"sip:a@h\"}",
                "2:57: services[0].transferMethod: refer takes a call out of sight, and nobody would know when its "
                    + "agent is free: reinvite or relay"
            ),
            (
                "type: screening, unknown: ask",
                "2:3: services[0].interviewer: is missing: ask needs a service that asks"
            ),
            (
                "type: screening, interviewer: a",
                "2:43: services[0].interviewer: there is no service a that is not a screening"
            ),
            ("type: diversion", "2:3: services[0].divert: must name at least one target"),
            (
                "type: diversion, divert: {busy: dsk}, transferTargets: {desk: \"sip:d@h\"}",
                "2:45: services[0].divert.busy: there is no transfer target dsk; did you mean desk?"
            ),
            (
                "type: diversion, transfer: {ways: [refer]}",
                "2:30: services[0].transfer: is a key of type assistant, webhook, announcement, queue, "
                    + "but this service is of type diversion"
            ),
            (
                "type: announcement, sounds: [tone]",
                "2:42: services[0].sounds: must be file:PATH or tone:NAME and its length, such as tone:ringback 5s, not \"tone\""
            ),
            (
                "type: announcement, sounds: [\"file:/a\"], end: hang-up",
                "2:59: services[0].end: hang-up needs when: answered"
            ),
            (
                "type: announcement, sounds: [\"file:/a\"], end: route",
                "2:3: services[0].target: is missing: route needs it"
            ),
            (
                "type: announcement, sounds: [\"file:/a\"], target: dsk, transferTargets: {desk: \"sip:d@h\"}",
                "2:62: services[0].target: there is no transfer target dsk; did you mean desk?"
            ),
        ]
    )
    func types(keys: String, message: String) {
        #expect(errors("services:\n- {name: a, \(keys)}") == ["test.yaml:\(message)"])
    }
}
