import CCrypto
import Codecs
import Foundation
import Testing
import VoiceEngine

/// A server that numbers its messages and checks ours.
private struct AudioHookServer {
    var rig: PlatformRig
    private(set) var sequence = 0
    private(set) var clientSequence = 0
    private var read = 0

    init(_ rig: PlatformRig) {
        self.rig = rig
    }

    /// The messages that came since the last call, with their numbers checked.
    mutating func messages() -> [NSDictionary] {
        let new = rig.sent.dropFirst(read).map(\.json)
        read = rig.sent.count
        for message in new {
            clientSequence += 1
            #expect(message.at("seq") == clientSequence as NSNumber)
            #expect(message.text("version") == "2")
            #expect(message.text("id") == GenesysAudioHookTests.session)
            #expect((message.at("serverseq") as? Int).map { 0...sequence ~= $0 } == true)
        }
        return Array(new)
    }

    mutating func send(_ type: String, _ parameters: String = "{}") {
        sequence += 1
        rig.receive(
            #"{"version":"2","id":"\#(GenesysAudioHookTests.session)","type":"\#(type)","seq":\#(sequence),"#
                + #""clientseq":\#(clientSequence),"parameters":\#(parameters)}"#)
    }

    static func open(_ rig: PlatformRig = .started(.genesysAudioHook)) -> AudioHookServer {
        var server = AudioHookServer(rig)
        _ = server.messages()
        server.send("opened", #"{"media":[{"type":"audio","format":"PCMU","channels":["external"],"rate":8000}]}"#)
        return server
    }
}

/// Envelopes and parameters of an `opened` that is not taken.
private let refusedAnswers: [(String, String)] = {
    let session = GenesysAudioHookTests.session
    let audio = #"{"media":[{"type":"audio","format":"PCMU","channels":["external"],"rate":8000}]}"#
    return [
        (#""version":"2","id":"\#(session)","seq":1,"clientseq":1"#, #"{"media":[]}"#),
        (#""version":"2","id":"\#(session)","seq":1,"clientseq":1"#, #"{"media":[{"format":"L16"}]}"#),
        (#""version":"2","id":"x","seq":1,"clientseq":1"#, audio),
        (#""version":"2","id":"\#(session)","seq":2,"clientseq":1"#, audio),
        (#""version":"2","id":"\#(session)","seq":0,"clientseq":1"#, audio),
        (#""version":"2","id":"\#(session)","seq":1,"clientseq":2"#, audio),
        (#""version":"2","id":"\#(session)","seq":1,"clientseq":-1"#, audio),
        (#""version":"3","id":"\#(session)","seq":1,"clientseq":1"#, audio), ("", audio),
    ]
}()

@Suite("Genesys AudioHook, client")
struct GenesysAudioHookTests {
    static let session = "00010203-0405-4607-8809-0a0b0c0d0e0f"

    @Test("The request is signed over the components that its header names")
    func signature() throws {
        var rig = PlatformRig(.genesysAudioHook, options: ["organization": "d7934305-0972-4844-938e-9060eef73d05"])
        let headers = rig.session.handshake(PlatformRig.context).headers
        func field(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
        #expect(field("audiohook-organization-id") == "d7934305-0972-4844-938e-9060eef73d05")
        #expect(field("audiohook-session-id") == Self.session)
        #expect(field("x-api-key") == "key")
        let input = try #require(field("signature-input"))
        #expect(input.hasPrefix("sig1="))
        let parameters = String(input.dropFirst(5))
        let names = try #require(parameters.split(separator: ")").first).dropFirst()
            .split(separator: " ").map { $0.trimmingCharacters(in: ["\""]) }
        #expect(
            names == [
                "@request-target", "@authority", "audiohook-organization-id", "audiohook-session-id",
                "audiohook-correlation-id", "x-api-key",
            ])
        var base = ""
        for name in names {
            let value: String? =
                switch name {
                case "@request-target": "/bot?x=1"
                case "@authority": "bot.example:8443"
                default: field(name)
                }
            base += "\"\(name)\": \(try #require(value))\n"
        }
        base += "\"@signature-params\": \(parameters)"
        let key = Array("secret".utf8)
        var output = [UInt8](repeating: 0, count: 64)
        let bytes = Array(base.utf8)
        let count = sidetone_hmac(SIDETONE_SHA256, key, key.count, bytes, bytes.count, &output)
        #expect(field("signature") == "sig1=:\(base64(Array(output.prefix(count)))):")

        // The terms under which the reference server takes it.
        let terms = parameters.split(separator: ")")[1].split(separator: ";").map(String.init)
        #expect(terms.contains(#"keyid="key""#))
        #expect(terms.contains(#"alg="hmac-sha256""#))
        #expect(terms.contains("created=1700000000"))
        #expect(terms.contains("expires=1700000030"))
        let nonce = try #require(terms.first { $0.hasPrefix("nonce=") }).dropFirst(7).dropLast()
        #expect(nonce.count >= 22)
        #expect(Data(base64Encoded: String(nonce))?.count == 16)
    }

    @Test("Without a secret, or with one that is no Base64, nothing is signed", arguments: [nil, "", "no base64!"])
    func unsigned(_ secret: String?) {
        var rig = PlatformRig(.genesysAudioHook)
        var context = PlatformRig.context
        context.signingSecret = secret
        #expect(rig.session.handshake(context).headers.allSatisfy { !$0.name.hasPrefix("Signature") })
    }

    @Test("open describes the call; opened makes the session ready")
    func opening() throws {
        var server = AudioHookServer(.started(.genesysAudioHook, format: .pcm16(rate: 24_000)))
        let open = try #require(server.messages().first)
        #expect(open.text("type") == "open")
        #expect(open.text("position") == "PT0S")
        #expect(
            open.at("parameters", "participant") == [
                "id": "call-1@as.example", "ani": "+15551234567", "aniName": "", "dnis": "+15557654321",
            ] as NSDictionary)
        #expect(
            open.at("parameters", "media") == [
                ["type": "audio", "format": "PCMU", "channels": ["external"], "rate": 8_000]
            ] as NSArray)
        #expect(open.at("parameters", "inputVariables") == ["customer": "4\"2"] as NSDictionary)
        #expect(open.at("parameters", "continuedSessions") == nil)
        #expect(server.rig.events.isEmpty)
        server.send("opened", #"{"media":[{"type":"audio","format":"PCMU","channels":["external"],"rate":8000}]}"#)
        #expect(server.rig.events.first == .ready)
        #expect(server.rig.formats == [.pcmu, .pcmu])
    }

    @Test(
        "An answer without audio, another session's, or out of sequence ends the session with an error",
        arguments: refusedAnswers)
    func refusals(_ envelope: String, _ parameters: String) {
        var server = AudioHookServer(.started(.genesysAudioHook))
        _ = server.messages()
        server.rig.receive(#"{\#(envelope),"type":"opened","parameters":\#(parameters)}"#)
        #expect(server.rig.violation != nil)
        #expect(server.rig.sent.dropFirst().map { $0.json.text("type") } == ["error"])
        #expect(!server.rig.events.contains(.ready))
    }

    @Test("No opened within five seconds is an error")
    func silentServer() {
        var server = AudioHookServer(.started(.genesysAudioHook))
        server.rig.tick(50)
        #expect(server.rig.violation == nil)
        server.rig.tick()
        #expect(server.messages().last?.at("parameters", "code") == 408 as NSNumber)
        #expect(server.rig.violation != nil)
    }

    @Test("Pings after one second, then each five; no pong within five is an error")
    func pings() {
        var server = AudioHookServer.open()
        server.rig.tick(10)
        #expect(server.messages().map { $0.text("type") } == ["ping"])
        server.rig.tick(40)
        server.send("pong")
        server.rig.tick(10)
        #expect(server.messages().map { $0.text("type") } == ["ping"])
        server.rig.tick(50)
        #expect(server.rig.violation == nil)
        server.rig.tick()
        #expect(server.rig.violation != nil)
        #expect(server.messages().last?.at("parameters", "code") == 408 as NSNumber)
    }

    @Test("Audio is binary; its position is in every message")
    func audio() {
        var server = AudioHookServer.open()
        for _ in 0..<617 { #expect(server.rig.audio([UInt8](repeating: 7, count: 160))?.count == 160) }
        server.rig.handle(.digit("8"))
        let message = server.messages().last
        #expect(message?.text("position") == "PT12.340S")
        #expect(message?.text("parameters", "digit") == "8")
        server.rig.receive(binary: [1, 2])
        server.rig.receive(binary: [3])
        server.rig.tick(3)
        server.rig.play()
        #expect(server.rig.played == [1, 2, 3])
        #expect(server.messages().map { $0.text("type") } == ["playback_started", "playback_completed"])
    }

    @Test("While paused nothing is sent; what was left out is told")
    func pause() {
        var server = AudioHookServer.open()
        _ = server.rig.audio([UInt8](repeating: 7, count: 800))
        server.send("pause")
        #expect(server.rig.audio([UInt8](repeating: 7, count: 1_600)) == nil)
        server.send("resume")
        #expect(server.rig.audio([1]) == [1])
        let messages = server.messages()
        #expect(messages.map { $0.text("type") } == ["paused", "resumed"])
        #expect(messages.last?.at("parameters") == ["start": "PT0.100S", "discarded": "PT0.200S"] as NSDictionary)
    }

    @Test("barge_in drops what waits, a final transcript is told")
    func entities() {
        var server = AudioHookServer.open()
        server.rig.receive(binary: [1])
        server.send(
            "event",
            #"{"entities":[{"type":"barge_in","data":{}},{"type":"bot_turn_response","data":{"disposition":"match"}},"#
                + #"{"type":"transcript","data":{"isFinal":true,"alternatives":[{"interpretations":[{"transcript":"hi"}]}]}}]}"#
        )
        #expect(server.rig.queue.isEmpty)
        #expect(
            server.rig.events.suffix(3) == [
                .interrupted, .turnEnded(EngineTurnID("turn-1"), .cancelled),
                .transcript(.caller, text: "hi", isFinal: true),
            ])
    }

    @Test("disconnect hands over the variables, then the call: hang up, or transfer where a variable says to whom")
    func disconnect() {
        let parameters = #"{"reason":"completed","info":"i","outputVariables":{"intent":"billing","queue":"q1"}}"#
        for option in [nil, "queue", "missing"] {
            var server = AudioHookServer.open(
                .started(.genesysAudioHook, options: option.map { ["transferVariable": $0] } ?? [:]))
            _ = server.messages()
            server.send("disconnect", parameters)
            #expect(server.messages().map { $0.text("parameters", "reason") } == ["disconnect"])
            let events = server.rig.events.suffix(2)
            #expect(events.first == .variables(["intent": "billing", "queue": "q1"]))
            let request = EngineTransferRequest(target: "q1", reason: "i", variables: ["intent": "billing"])
            #expect(
                events.last == (option == "queue" ? .transferRequested(request) : .hangUpRequested(reason: "i")))
            server.rig.handle(.end(.completed))
            #expect(server.messages().isEmpty, "close was sent already")
        }
        var transferring = AudioHookServer.open()
        transferring.send("disconnect", #"{"reason":"completed","outputVariables":{"action":"transfer"}}"#)
        #expect(
            transferring.rig.events.last
                == .transferRequested(EngineTransferRequest(target: nil, variables: ["action": "transfer"])))
        var server = AudioHookServer.open()
        server.send("disconnect", #"{"reason":"error","info":"bad"}"#)
        #expect(
            server.rig.events.last == .error(EngineFault(code: "error", message: "bad", isRecoverable: false)))
    }

    @Test("reconnect: the service opens another session, which continues this one")
    func reconnect() throws {
        var server = AudioHookServer.open()
        server.send("reconnect")
        #expect(server.rig.events.last == .goingAway(within: nil))
        guard case .resumable(let resumption)? = server.rig.events.dropLast().last else {
            Issue.record("nothing to resume with")
            return
        }
        server.rig.handle(.end(.completed))
        #expect(server.messages().last?.text("parameters", "reason") == "reconnect")
        var next = AudioHookServer(.started(.genesysAudioHook, resumption: resumption))
        let open = try #require(next.messages().first)
        #expect(
            open.at("parameters", "continuedSessions") == [
                ["id": Self.session, "serverseq": 2, "clientseq": 1]
            ] as NSArray)
    }

    @Test(
        "close says why; closed may still bring variables",
        arguments: [(EngineEndReason.callerGone, "end"), (.failed, "error")])
    func close(_ reason: EngineEndReason, _ word: String) {
        var server = AudioHookServer.open()
        server.rig.handle(.end(reason))
        #expect(server.messages().last?.text("parameters", "reason") == word)
        #expect(server.rig.audio([1]) == nil)
        server.send("closed", #"{"outputVariables":{"a":1}}"#)
        #expect(server.rig.events.last == .variables(["a": "1"]))
    }
}
