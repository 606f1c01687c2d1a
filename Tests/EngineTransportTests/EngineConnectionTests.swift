import NIOConcurrencyHelpers
import NIOCore
import Testing
import VoiceEngine

@testable import EngineTransport

@Suite("An engine connection", .timeLimit(.minutes(1)))
struct EngineConnectionTests {
    @Test("Audio goes both ways, and commands go out")
    func conversation() async throws {
        let engine = try await TestEngine(reaction: { connection, text in
            TestEngine.settingUp(connection, text)
            if text.contains("input_audio_buffer.append") {
                #expect(text.contains(#""audio":"AQID""#))
                connection.send(#"{"type":"response.created","response":{"id":"r"}}"#)
                connection.send(#"{"type":"response.output_audio.delta","response_id":"r","delta":"AQID"}"#)
            }
            if text.contains("response.cancel") { connection.close(code: .goingAway) }
        })
        let recorder = Recorder()
        let connection = try await connect(to: engine.url, handler: recorder)
        connection.eventLoop.execute { connection.sendAudio([1, 2, 3].span) }
        var seen: [Recorder.Report] = []
        for await report in recorder.reports {
            seen.append(report)
            if case .audio = report { connection.eventLoop.execute { connection.send(.cancelTurn) } }
        }
        let turn = EngineTurnID("r")
        #expect(
            seen == [
                .event(.ready), .event(.turnStarted(turn)), .audio(turn, [1, 2, 3]),
                .event(.closed(.remote(code: 1001))),
            ])
        await engine.server.close()
    }

    @Test("A message larger than a frame on the wire of many comes whole")
    func largeMessage() async throws {
        let encoded = String(repeating: "AAAA", count: 200_000)
        let engine = try await TestEngine(reaction: { connection, text in
            TestEngine.settingUp(connection, text)
            connection.send(#"{"type":"response.created","response":{"id":"r"}}"#)
            connection.send(#"{"type":"response.output_audio.delta","response_id":"r","delta":"\#(encoded)"}"#)
            connection.close()
        })
        let recorder = Recorder()
        _ = try await connect(to: engine.url, handler: recorder)
        let sizes = await recorder.all().compactMap { report in
            if case .audio(_, let bytes) = report { return bytes.count }
            return nil
        }
        #expect(sizes == [600_000])
        await engine.server.close()
    }

    @Test(
        "What breaks the rules ends the connection",
        arguments: [
            "not json", #"{"no":"type"}"#, "[" + String(repeating: "[", count: 500_000),
            "\"" + String(repeating: "x", count: 1 << 20) + "\"",
        ])
    func violation(_ message: String) async throws {
        let engine = try await TestEngine(reaction: { connection, text in
            TestEngine.settingUp(connection, text)
            connection.send(message)
        })
        let recorder = Recorder()
        _ = try await connect(to: engine.url, handler: recorder)
        let reason = await recorder.closeReason()
        guard case .violation? = reason else {
            Issue.record("\(String(describing: reason))")
            return
        }
        await engine.server.close()
    }

    @Test("A reset is a loss")
    func reset() async throws {
        let engine = try await TestEngine(reaction: { connection, text in
            TestEngine.settingUp(connection, text)
            connection.eventLoop.execute { connection.abort() }
        })
        let recorder = Recorder()
        do {
            _ = try await connect(to: engine.url, handler: recorder)
            let reason = await recorder.closeReason()
            guard case .lost? = reason else {
                Issue.record("\(String(describing: reason))")
                return
            }
        } catch EngineConnectError.unreachable {
            // The reset overtook the set-up, which the kernel may let happen.
        }
        await engine.server.close()
    }

    @Test("A peer that closes its half of the connection has ended it, and sees our half end too")
    func halfClose() async throws {
        let engine = try await TestEngine(reaction: { connection, text in
            TestEngine.settingUp(connection, text)
            connection.eventLoop.execute { connection.channel.close(mode: .output, promise: nil) }
        })
        let recorder = Recorder()
        let connection = try await connect(to: engine.url, handler: recorder)
        #expect(await recorder.closeReason() == .lost("the connection ended without a close frame"))
        var closed = engine.closed.makeAsyncIterator()
        #expect(await closed.next() != nil)
        try await connection.eventLoop.submit { #expect(!connection.isOpen) }.get()
        await engine.server.close()
    }

    @Test("Closing ends the socket though the engine reads no more")
    func closeToDeafPeer() async throws {
        let engine = try await TestEngine(reaction: { connection, text in
            TestEngine.settingUp(connection, text)
            connection.setReading(false)
        })
        let recorder = Recorder()
        let connection = try await connect(to: engine.url, handler: recorder)
        connection.eventLoop.execute { connection.close() }
        #expect(await recorder.closeReason() == .local)
        await engine.server.close()
    }

    @Test("Audio for an engine that does not read is thrown away beyond a bound")
    func backPressure() async throws {
        let engine = try await TestEngine(reaction: { connection, text in
            TestEngine.settingUp(connection, text)
            connection.setReading(false)
        })
        let recorder = Recorder()
        let connection = try await connect(to: engine.url, handler: recorder)
        // 20 minutes of audio, twenty seconds at a time: far more than the buffers of any kernel.
        let sent = 1_200 * 8_000
        for _ in 0..<60 {
            try await connection.eventLoop.submit {
                let frame = [UInt8](repeating: 0xFF, count: 160)
                for _ in 0..<1_000 { connection.sendAudio(frame.span) }
            }.get()
        }
        let dropped = try await connection.eventLoop.submit {
            defer { connection.close() }
            return connection.droppedAudioBytes
        }.get()
        #expect(dropped > sent / 4)
        #expect(dropped < sent)
        _ = await recorder.all()
        await engine.server.close()
    }

    @Test("A handler may close the connection from within an event")
    func closeInHandler() async throws {
        final class Closer: EngineConnectionHandler {
            let events = NIOLockedValueBox<[EngineEvent]>([])
            let ended: EventLoopPromise<Void>

            init(_ ended: EventLoopPromise<Void>) {
                self.ended = ended
            }

            func engine(_ connection: EngineConnection, didSend audio: Span<UInt8>, of turn: EngineTurnID) {}

            func engine(_ connection: EngineConnection, didEmit event: EngineEvent) {
                events.withLockedValue { $0.append(event) }
                if event == .userSpeechStarted { connection.close() }
                if case .closed = event { ended.succeed() }
            }
        }
        let engine = try await TestEngine(reaction: { connection, text in
            TestEngine.settingUp(connection, text)
            connection.send(#"{"type":"input_audio_buffer.speech_started"}"#)
            connection.send(#"{"type":"input_audio_buffer.speech_stopped"}"#)
        })
        let eventLoop = loop()
        let handler = Closer(eventLoop.makePromise())
        _ = try await EngineConnection.connect(
            to: EngineEndpoint(name: "test", url: engine.url),
            with: EngineSessionConfiguration(audioFormat: .pcmu),
            within: .seconds(10),
            on: eventLoop,
            logger: quiet,
            handler: handler
        ).get()
        try await handler.ended.futureResult.get()
        #expect(handler.events.withLockedValue { $0 } == [.ready, .userSpeechStarted, .closed(.local)])
        await engine.server.close()
    }
}
