import CDatagrams
import Glibc
import SIP

/// What a turn of the loop sends by UDP: it leaves together, in one system call for each socket.
struct DatagramOutbox {
    private struct Item {
        let flow: FlowID
        let peer: DatagramPeer
        let octets: Range<Int>
        /// Who is told when it cannot be sent.
        let transaction: ClientTransactionID?
    }

    struct Failure {
        let transaction: ClientTransactionID?
        let reason: String
    }

    /// Datagrams that may wait for the system to have room again.
    private static let capacity = 4_096
    /// Room that is kept for the next turn.
    private static let keptOctets = 1 << 16

    /// Sends so many datagrams by a socket; answers how many went, or the negative error of the first.
    typealias Send = @Sendable (Int32, UnsafePointer<cdatagrams_datagram>, Int32) -> Int32

    private let sendBatch: Send
    private var octets: [UInt8] = []
    private var items: [Item] = []

    init(sendBatch: @escaping Send = { cdatagrams_send($0, $1, $2) }) {
        self.sendBatch = sendBatch
    }

    var isEmpty: Bool { items.isEmpty }

    /// - Returns: `false` if there is no room.
    mutating func append(
        _ bytes: [UInt8], to peer: DatagramPeer, on flow: FlowID, for transaction: ClientTransactionID?
    ) -> Bool {
        guard items.count < Self.capacity else { return false }
        let start = octets.count
        octets.append(contentsOf: bytes)
        items.append(Item(flow: flow, peer: peer, octets: start..<octets.count, transaction: transaction))
        return true
    }

    /// Sends what waits; what the system has no room for goes on waiting.
    ///
    /// - Parameter descriptor: Of the socket of a flow; `nil` once that is closed.
    /// - Returns: What could not be sent at all.
    mutating func flush(_ descriptor: (FlowID) -> Int32?) -> [Failure] {
        var failures: [Failure] = []
        var next = 0
        while next < items.count {
            let flow = items[next].flow
            var end = next + 1
            while end < items.count, end - next < CDATAGRAMS_BATCH, items[end].flow == flow { end += 1 }
            guard let descriptor = descriptor(flow) else {
                next = end
                continue
            }
            let sent = send(next..<end, by: descriptor)
            switch -sent {
            case ..<0:
                next += Int(sent)
            case 0, EAGAIN, ENOBUFS:
                forget(next)
                return failures
            case let reason:
                // About the first of them: for want of a route, or because of a packet filter.
                failures.append(
                    Failure(transaction: items[next].transaction, reason: String(cString: strerror(reason))))
                next += 1
            }
        }
        forget(next)
        return failures
    }

    private mutating func send(_ batch: Range<Int>, by descriptor: Int32) -> Int32 {
        octets.withUnsafeMutableBufferPointer { [items, sendBatch] octets in
            guard let base = octets.baseAddress else { return Int32(batch.count) }
            let datagrams = batch.map { index in
                let item = items[index]
                return cdatagrams_datagram(
                    bytes: base + item.octets.lowerBound, length: UInt32(item.octets.count), truncated: 0, age: 0,
                    peer: item.peer.endpoint)
            }
            return sendBatch(descriptor, datagrams, Int32(datagrams.count))
        }
    }

    private mutating func forget(_ count: Int) {
        guard count < items.count else {
            items.removeAll(keepingCapacity: items.count <= Int(CDATAGRAMS_BATCH))
            octets.removeAll(keepingCapacity: octets.capacity <= Self.keptOctets)
            return
        }
        guard count > 0 else { return }
        let start = items[count].octets.lowerBound
        items = items[count...].map { item in
            Item(
                flow: item.flow, peer: item.peer,
                octets: item.octets.lowerBound - start..<item.octets.upperBound - start,
                transaction: item.transaction)
        }
        octets.removeFirst(start)
    }
}
