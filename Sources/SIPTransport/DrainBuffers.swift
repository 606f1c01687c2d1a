import CDatagrams

/// Where datagrams are read into that do not come through a channel. Used on one thread.
final class DrainBuffers {
    static let count = Int(CDATAGRAMS_BATCH)
    private static let size = 65_535

    private let octets = UnsafeMutablePointer<UInt8>.allocate(capacity: count * size)
    private var datagrams = [cdatagrams_datagram](repeating: cdatagrams_datagram(), count: count)

    deinit { octets.deallocate() }

    /// Reads once.
    ///
    /// - Returns: How many datagrams were read; fewer than ``count`` if no more wait.
    func receive(from descriptor: Int32, _ body: (UnsafeRawBufferPointer, DatagramPeer) -> Void) -> Int {
        for index in datagrams.indices {
            datagrams[index].bytes = octets + index * Self.size
            datagrams[index].length = UInt32(Self.size)
        }
        let received = max(0, Int(cdatagrams_receive(descriptor, &datagrams, Int32(Self.count))))
        for datagram in datagrams.prefix(received) {
            body(
                UnsafeRawBufferPointer(start: datagram.bytes, count: Int(datagram.length)), DatagramPeer(datagram.peer))
        }
        return received
    }
}
