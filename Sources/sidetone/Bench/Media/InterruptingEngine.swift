import EngineTransport
import Foundation
import NIOCore
import Synchronization
import VoiceEngine

/// An engine that says a long turn in one go, then that the caller speaks, and begins again when it has been told how
/// much was heard.
// Sendable: the state of a connection is used on its event loop only.
final class InterruptingEngine: WebSocketServerHandler, @unchecked Sendable {
    /// When `speech_started` was handed to the socket, and the milliseconds that came back.
    struct Interruption: Sendable {
        var started: Int64
        var heard: Int
    }

    /// One connection's, in the order of its turns.
    final class Record: Sendable {
        let interruptions = Mutex<[Interruption]>([])
    }

    /// An octet of G.711 that is neither silence nor in what the leg sends by itself.
    static let sound: UInt8 = 0x2A
    private static let turnMilliseconds = 4_000

    private let record: Record
    private let turns: Int
    private let eventLoop: any EventLoop
    private var connection: WebSocketConnection?
    private var turn = 0
    private var started: Int64 = 0

    private init(_ record: Record, turns: Int, eventLoop: any EventLoop) {
        self.record = record
        self.turns = turns
        self.eventLoop = eventLoop
    }

    /// - Parameter records: One for each connection, in their order.
    static func start(on group: any EventLoopGroup, turns: Int, records: [Record]) async throws -> WebSocketServer {
        let next = Atomic(0)
        return try await WebSocketServer.bind(
            host: "127.0.0.1",
            port: 0,
            group: group,
            decide: { _ in .accept },
            open: { eventLoop in
                let index = next.add(1, ordering: .relaxed).oldValue
                return InterruptingEngine(records[index % records.count], turns: turns, eventLoop: eventLoop)
            }
        )
    }

    func webSocketDidOpen(_ connection: WebSocketConnection) {
        self.connection = connection
        send(#"{"type":"session.created"}"#)
    }

    func webSocket(_ connection: WebSocketConnection, didReceive text: Span<UInt8>) {
        // Audio of the caller is most of what comes.
        guard text.count < 400 else { return }
        let message = text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        if message.contains("session.update") {
            send(#"{"type":"session.updated"}"#)
            speak()
        } else if message.contains("conversation.item.truncate"), let heard = Self.milliseconds(in: message) {
            record.interruptions.withLock { $0.append(Interruption(started: started, heard: heard)) }
            send(#"{"type":"input_audio_buffer.speech_stopped"}"#)
            send(#"{"type":"response.done","response":{"id":"r\#(turn)","status":"cancelled"}}"#)
            turn += 1
            // Long enough for silence in between to tell the turns apart.
            if turn < turns { eventLoop.scheduleTask(in: .milliseconds(100)) { self.speak() } }
        }
    }

    func webSocket(_ connection: WebSocketConnection, didClose reason: EngineCloseReason) {
        self.connection = nil
    }

    private func speak() {
        var audio: [UInt8] = []
        let sound = [UInt8](repeating: Self.sound, count: 8 * Self.turnMilliseconds)
        Base64.encode(sound.span, into: &audio)
        send(#"{"type":"response.created","response":{"id":"r\#(turn)"}}"#)
        send(
            #"{"type":"response.output_audio.delta","response_id":"r\#(turn)","item_id":"i\#(turn)","content_index":0,"#
                + #""delta":"\#(String(decoding: audio, as: UTF8.self))"}"#
        )
        // At every phase of the media tick.
        let delay = TimeAmount.microseconds(.random(in: 100_000...700_000))
        eventLoop.scheduleTask(in: delay) {
            self.started = Self.now()
            self.send(#"{"type":"input_audio_buffer.speech_started"}"#)
        }
    }

    private func send(_ text: String) {
        let bytes = Array(text.utf8)
        connection?.send(text: bytes.span)
    }

    /// The value of `audio_end_ms`.
    private static func milliseconds(in message: String) -> Int? {
        let name = "\"audio_end_ms\":"
        guard let range = message.range(of: name) else { return nil }
        return Int(message[range.upperBound...].prefix { $0.isNumber })
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
