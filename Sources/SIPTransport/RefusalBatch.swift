import CDatagrams
import Glibc
import SIP

/// Refusals that wait to be sent: those of the same length to the same peer lie one behind another, so that the kernel
/// takes them through its stack as one. That costs a sixth of sending them one by one.
struct RefusalBatch {
    fileprivate struct Group {
        let flow: FlowID
        let peer: DatagramPeer
        let length: Int
        var octets: [UInt8] = []
    }

    /// What is to be sent now, as datagrams of `length` octets to one peer.
    struct Full {
        let flow: FlowID
        let peer: DatagramPeer
        let length: Int
        let octets: [UInt8]
    }

    private static let mostGroups = 8
    private static let mostDatagrams = 32
    private static let mostOctets = 60_000
    /// Octets of a datagram that the kernel is asked to cut others to: what any path takes (RFC 8200 §5).
    fileprivate static let mostSegmentOctets = 1_232

    private var groups: [Group] = []

    /// - Returns: What must be sent before more is appended.
    mutating func append(_ refusal: [UInt8], to peer: DatagramPeer, on flow: FlowID) -> Full? {
        let index = groups.firstIndex { $0.length == refusal.count && $0.peer == peer && $0.flow == flow }
        guard let index else {
            // One that no other of its kind has room beside goes alone.
            guard refusal.count * 2 <= Self.mostOctets else {
                return Full(flow: flow, peer: peer, length: refusal.count, octets: refusal)
            }
            let oldest = groups.count == Self.mostGroups ? groups.removeFirst() : nil
            groups.append(Group(flow: flow, peer: peer, length: refusal.count, octets: refusal))
            return oldest.map(Full.init)
        }
        if groups[index].octets.count == refusal.count {
            groups[index].octets.reserveCapacity(min(Self.mostDatagrams * refusal.count, Self.mostOctets))
        }
        groups[index].octets.append(contentsOf: refusal)
        let octets = groups[index].octets.count
        guard octets >= Self.mostDatagrams * refusal.count || octets + refusal.count > Self.mostOctets else {
            return nil
        }
        return Full(groups.remove(at: index))
    }

    mutating func removeAll() -> [Full] {
        defer { groups.removeAll(keepingCapacity: true) }
        return groups.map(Full.init)
    }
}

extension RefusalBatch.Full {
    fileprivate init(_ group: RefusalBatch.Group) {
        self.init(flow: group.flow, peer: group.peer, length: group.length, octets: group.octets)
    }

    /// Sends them all.
    ///
    /// - Parameter areSegments: Whether the kernel may cut them apart; set to `false` if it does not.
    /// - Returns: How many were sent; the kernel may have no room for more.
    func send(by descriptor: Int32, areSegments: inout Bool) -> Int {
        let count = octets.count / length
        if areSegments, count > 1, length <= RefusalBatch.mostSegmentOctets {
            var endpoint = peer.endpoint
            let result = cdatagrams_send_segments(
                descriptor, &endpoint, octets, UInt32(octets.count), UInt16(length))
            switch -result {
            case 0: return count
            case EAGAIN, ENOBUFS: return 0
            case ENOPROTOOPT, EOPNOTSUPP, EIO: areSegments = false
            default: break  // About this peer or these datagrams: one by one.
            }
        }
        var octets = octets
        return octets.withUnsafeMutableBufferPointer { octets in
            guard let base = octets.baseAddress else { return 0 }
            let datagrams = (0..<count).map { index in
                cdatagrams_datagram(
                    bytes: base + index * length, length: UInt32(length), truncated: 0, age: 0, peer: peer.endpoint)
            }
            return max(0, Int(cdatagrams_send(descriptor, datagrams, Int32(count))))
        }
    }
}
