import Glibc

/// Whole files as bytes. Blocks: not for an event loop.
enum FileBytes {
    struct Failure: Error, Sendable {
        var reason: String
    }

    /// - Throws: ``Failure`` if it cannot be read, or is longer than `limit` octets.
    static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        let step = min(limit, 1 << 16) + 1
        while bytes.count <= limit {
            let start = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: step))
            let count = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { Glibc.read(descriptor, $0 + start, step) } ?? 0
            }
            guard count >= 0 else { throw failure() }
            bytes.removeLast(step - count)
            if count == 0 { return bytes }
        }
        throw Failure(reason: "longer than \(limit) octets")
    }

    static func failure() -> Failure {
        Failure(reason: String(cString: strerror(errno)))
    }
}
