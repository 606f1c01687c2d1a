import Testing
import VoiceEngine

@Suite("OpenAI Realtime, client: what an endpoint adds")
struct OpenAIRealtimeOptionTests {
    private static func driver(_ options: [String: String]) -> DialectDriver {
        DialectDriver(
            EngineDialect.openAIRealtime.makeSession(EngineSessionConfiguration(audioFormat: .pcmu), options: options))
    }

    @Test("Model, organisation and project are in the handshake, and Azure's key in its own header")
    func handshake() {
        var driver = Self.driver(["model": "gpt-realtime", "organization": "org-1", "project": "proj-1"])
        let handshake = driver.handshake("/v1/realtime", key: "k")
        #expect(handshake.target == "/v1/realtime?model=gpt-realtime")
        #expect(
            handshake.headers == [
                .init(name: "Authorization", value: "Bearer k"), .init(name: "OpenAI-Organization", value: "org-1"),
                .init(name: "OpenAI-Project", value: "proj-1"),
            ])
        #expect(driver.handshake("/v1/realtime?model=m").target == "/v1/realtime?model=m")
        var azure = Self.driver(["keyHeader": "api-key"])
        #expect(azure.handshake("/openai/v1/realtime", key: "k").headers == [.init(name: "api-key", value: "k")])
        var plain = Self.driver([:])
        #expect(plain.handshake("/v1/realtime").target == "/v1/realtime")
    }

    @Test("Transcription, turn detection and noise reduction can be chosen")
    func session() {
        var driver = Self.driver([
            "transcriptionModel": "whisper-1", "turnDetection": "semantic_vad", "noiseReduction": "near_field",
        ])
        let update = driver.receive(#"{"type":"session.created"}"#).sent.first ?? ""
        #expect(update.contains(#""noise_reduction":{"type":"near_field"}"#))
        #expect(update.contains(#""transcription":{"model":"whisper-1"}"#))
        #expect(
            update.contains(
                #""turn_detection":{"type":"semantic_vad","create_response":true,"interrupt_response":true}"#))
        #expect(!update.contains("silence_duration_ms"))
    }

    @Test("What a response has cost is told, and a transcription that failed")
    func reports() {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"response.created","response":{"id":"r"}}"#)
        let done = driver.receive(
            #"{"type":"response.done","response":{"id":"r","status":"completed","usage":{"total_tokens":12,"#
                + #""input_tokens":7,"output_tokens":5}}}"#)
        #expect(
            done.events == [.turnEnded(EngineTurnID("r"), .completed), .usage(inputTokens: 7, outputTokens: 5)])
        let failed = driver.receive(
            #"{"type":"conversation.item.input_audio_transcription.failed","item_id":"i","error":{"code":"audio_unintelligible"}}"#
        )
        #expect(
            failed.events == [.error(EngineFault(code: "audio_unintelligible", message: "", isRecoverable: true))])
    }
}
