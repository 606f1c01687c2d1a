import Codecs
import Dispatch
import Glibc
import Logging
import Media

/// Writes a recording to a WAV file, away from the event loops. The header is brought up to date with every chunk,
/// so that the file is whole whenever the process ends.
final class WAVRecorder: Sendable {
    /// Chunks of a second that may wait for a slow disk; beyond them the recording has gaps.
    private static let maximumWaiting = 64

    // Only used on `queue`.
    private final class File: @unchecked Sendable {
        let descriptor: Int32
        var sampleCount = 0
        var bytes: [UInt8] = []

        init(descriptor: Int32) {
            self.descriptor = descriptor
        }

        deinit {
            close(descriptor)
        }
    }

    let path: String
    private let queue: DispatchQueue
    private let room = DispatchSemaphore(value: maximumWaiting)
    private let file: File
    private let channels: Int
    private let logger: Logger

    /// Creates or empties the file. Blocks: not for an event loop.
    init(path: String, channels: Int = 1, logger: Logger) throws(MediaPlaneError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path: path, reason: FileBytes.failure().reason) }
        self.path = path
        self.channels = channels
        self.logger = logger
        file = File(descriptor: descriptor)
        queue = DispatchQueue(label: "sidetone.recorder")
        let header = WAVAudio.header(sampleRate: 8_000, sampleCount: 0, channels: channels)
        guard Self.write(header, to: descriptor, at: 0) else {
            throw .file(path: path, reason: FileBytes.failure().reason)
        }
    }

    /// Hands samples on, those of all channels in turn; never waits.
    ///
    /// - Parameter sampleRate: The same in all calls.
    func append(_ samples: [Int16], sampleRate: Int) {
        guard !samples.isEmpty else { return }
        guard room.wait(timeout: .now()) == .success else {
            logger.warning("recording dropped: disk too slow", metadata: ["file.path": "\(path)"])
            return
        }
        queue.async { [self] in
            write(samples, sampleRate)
            room.signal()
        }
    }

    /// Calls `body` when all samples handed on have been written.
    func finish(_ body: @escaping @Sendable () -> Void) {
        queue.async(execute: body)
    }

    private func write(_ samples: [Int16], _ sampleRate: Int) {
        file.bytes.removeAll(keepingCapacity: true)
        PCM16.encode(samples.span, into: &file.bytes)
        let offset = WAVAudio.headerLength + file.sampleCount * 2
        file.sampleCount += samples.count
        let header = WAVAudio.header(
            sampleRate: sampleRate, sampleCount: file.sampleCount, channels: channels)
        guard Self.write(file.bytes, to: file.descriptor, at: offset), Self.write(header, to: file.descriptor, at: 0)
        else {
            let reason = FileBytes.failure().reason
            logger.error("recording not written", metadata: ["file.path": "\(path)", "error": "\(reason)"])
            return
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, at offset: Int) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                guard let start = buffer.baseAddress else { return false }
                let count = pwrite(descriptor, start + done, buffer.count - done, off_t(offset + done))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }
}
