import CDatagrams

/// Where datagrams are read into that do not come through a channel. Used on one thread.
final class DrainBuffers {
    static let count = Int(CDATAGRAMS_BATCH)
    private static let size = 65_535
    /// From one buffer to the next: not a power of two, or the beginnings of all, mostly the only part that is used,
    /// would share a few lines of the processor's caches.
    private static let stride = 65_536 + 17 * 64

    private let octets = UnsafeMutablePointer<UInt8>.allocate(capacity: count * stride)
    private var datagrams: [cdatagrams_datagram]

    init() {
        datagrams = (0..<Self.count).map { [octets] index in
            cdatagrams_datagram(
                bytes: octets + index * Self.stride, length: UInt32(Self.size), truncated: 0, age: 0,
                peer: cdatagrams_endpoint())
        }
    }

    deinit { octets.deallocate() }

    /// Reads once.
    ///
    /// - Parameter most: How many datagrams, from 1 to ``count``: each costs a little whether it is there or not.
    /// - Returns: How many were read; fewer than `most` if no more wait.
    func receive(
        _ most: Int, from descriptor: Int32, _ body: (UnsafeRawBufferPointer, DatagramPeer) -> Void
    ) -> Int {
        let received = max(0, Int(cdatagrams_receive(descriptor, &datagrams, Int32(most))))
        for index in 0..<received {
            let datagram = datagrams[index]
            datagrams[index].length = UInt32(Self.size)
            body(
                UnsafeRawBufferPointer(start: datagram.bytes, count: Int(datagram.length)), DatagramPeer(datagram.peer))
        }
        return received
    }
}
