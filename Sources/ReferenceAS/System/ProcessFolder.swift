import Foundation

/// A folder of one process below one that several may share, for its owner's eyes only. Its lock goes with the process,
/// by which the next one knows what is left of it and clears that away.
final class ProcessFolder: Sendable {
    let path: String
    /// Holds the lock.
    private let descriptor: Int32

    /// - Parameters:
    ///   - parent: Made if it is not there.
    ///   - prefix: Of the names of such folders.
    /// - Throws: ``SystemError``, and what `FileManager` throws.
    init(in parent: String, prefix: String) throws {
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: parent, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for name in try manager.contentsOfDirectory(atPath: parent) where name.hasPrefix("\(prefix)-") {
            Self.clear("\(parent)/\(name)")
        }
        // Between its making and its lock somebody else may take a folder for one that is left.
        for _ in 0..<8 {
            let path = "\(parent)/\(prefix)-\(UUID().uuidString)"
            try manager.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            guard let descriptor = Self.lock(path) else { continue }
            guard manager.fileExists(atPath: path) else {
                close(descriptor)
                continue
            }
            self.path = path
            self.descriptor = descriptor
            return
        }
        throw SystemError("\(parent): no folder in it can be locked")
    }

    deinit { close(descriptor) }

    /// Removes it with all that is in it.
    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// Removes a folder of ours that no process holds.
    private static func clear(_ path: String) {
        guard let descriptor = lock(path) else { return }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_uid == geteuid() {
            try? FileManager.default.removeItem(atPath: path)
        }
        close(descriptor)
    }

    private static func lock(_ path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
