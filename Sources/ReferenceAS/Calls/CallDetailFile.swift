import ApplicationServer
import Dispatch
import Foundation
import Logging

/// Writes a call detail record as a line of JSON for each call that ends. When the file has reached its size it becomes
/// `<file>.1`, that one `<file>.2`, and so on.
public final class CallDetailFile: CallObserver {
    public struct Settings: Sendable, Hashable {
        public var file: String?
        /// Octets.
        public var maximumSize = 64 * 1_048_576
        /// Older files kept.
        public var keep = 5
        /// Hides whom the call was between.
        public var masksIdentities = false

        public init() {}
    }

    /// What only the queue touches.
    private final class Output: @unchecked Sendable {
        let path: String
        let settings: Settings
        let logger: Logger
        var handle: FileHandle?
        var size = 0

        init(_ path: String, _ settings: Settings, _ logger: Logger) {
            self.path = path
            self.settings = settings
            self.logger = logger
        }

        func write(_ line: [UInt8]) {
            do {
                if handle == nil { try open() }
                if size > 0, size + line.count > settings.maximumSize { try rotate() }
                try handle?.write(contentsOf: line)
                size += line.count
            } catch {
                logger.warning("call detail record lost", metadata: ["cdr.error": "\(error)"])
                try? handle?.close()
                handle = nil
            }
        }

        private func open() throws {
            if !FileManager.default.fileExists(atPath: path) {
                _ = FileManager.default.createFile(
                    atPath: path, contents: nil, attributes: [.posixPermissions: NSNumber(value: 0o600)])
            }
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            size = Int(try handle.seekToEnd())
            self.handle = handle
        }

        private func rotate() throws {
            try handle?.close()
            handle = nil
            let manager = FileManager.default
            try? manager.removeItem(atPath: settings.keep > 0 ? "\(path).\(settings.keep)" : path)
            for number in stride(from: settings.keep, through: 1, by: -1) {
                let older = number == 1 ? path : "\(path).\(number - 1)"
                if manager.fileExists(atPath: older) {
                    try manager.moveItem(atPath: older, toPath: "\(path).\(number)")
                }
            }
            try open()
        }
    }

    private let output: Output
    private let mask: IdentityMask
    private let queue = DispatchQueue(label: "sidetone.cdr")

    /// `nil` without a file.
    ///
    /// - Parameter mask: Hides identities if the settings want it.
    public init?(_ settings: Settings, mask: IdentityMask, logger: Logger) {
        guard let path = settings.file else { return nil }
        output = Output(path, settings, logger)
        self.mask = mask
    }

    public func call(_ callID: String, did entry: CallRecord.Entry) {}

    public func callEnded(_ record: CallRecord) {
        let shown = output.settings.masksIdentities ? record.masked(by: mask) : record
        let line = shown.detail() + [0x0A]
        queue.async { [output] in output.write(line) }
    }

    /// Waits until what was given to it is in the file.
    public func flush() async {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume() }
        }
    }
}
