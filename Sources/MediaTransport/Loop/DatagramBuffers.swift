import CDatagrams

/// The buffers that a loop receives into and sends from; made once.
///
/// The datagram descriptions point into the storage, so both live as long as this object and never move.
final class DatagramBuffers {
    /// Octets of the largest datagram taken in.
    static let size = 1_500
    static let count = Int(CDATAGRAMS_BATCH)

    private let storage: UnsafeMutablePointer<UInt8>
    private let datagrams: UnsafeMutablePointer<cdatagrams_datagram>

    init() {
        storage = .allocate(capacity: Self.size * Self.count)
        storage.initialize(repeating: 0, count: Self.size * Self.count)
        datagrams = .allocate(capacity: Self.count)
        datagrams.initialize(repeating: cdatagrams_datagram(), count: Self.count)
    }

    deinit {
        datagrams.deallocate()
        storage.deallocate()
    }

    /// Takes in what is there, at most ``count`` datagrams; their number, or a negative `errno`.
    func receive(from socket: Int32, limit: Int) -> Int {
        let limit = min(limit, Self.count)
        for index in 0..<limit {
            datagrams[index].bytes = storage + index * Self.size
            datagrams[index].length = UInt32(Self.size)
        }
        return Int(cdatagrams_receive(socket, datagrams, Int32(limit)))
    }

    /// The datagram at `index` of the last ``receive(from:limit:)``; its octets may be changed in place.
    func datagram(_ index: Int) -> (description: cdatagrams_datagram, bytes: UnsafeMutableBufferPointer<UInt8>) {
        let description = datagrams[index]
        let length = min(Int(description.length), Self.size)
        return (description, UnsafeMutableBufferPointer(start: storage + index * Self.size, count: length))
    }

    /// Sends from buffers of the caller, which must stay where they are for the duration of the call.
    func send(
        to socket: Int32,
        count: Int,
        describe: (Int) -> (bytes: UnsafeRawBufferPointer, peer: cdatagrams_endpoint)
    ) -> Int {
        let count = min(count, Self.count)
        for index in 0..<count {
            let (bytes, peer) = describe(index)
            // The kernel only reads what is sent.
            datagrams[index].bytes = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            datagrams[index].length = UInt32(bytes.count)
            datagrams[index].peer = peer
        }
        return Int(cdatagrams_send(socket, datagrams, Int32(count)))
    }
}
