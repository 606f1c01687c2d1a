import CDatagrams
import Glibc

/// What the kernel takes for the packets of a call, with nothing done to them: one packet received and sent by UDP, one
/// message sent and received by TCP, every 20 ms, over the loopback interface.
struct SystemCallFloor {
    /// Microseconds of each call, round by round.
    var datagramSent: [Double] = []
    var datagramReceived: [Double] = []
    var streamSent: [Double] = []
    var streamReceived: [Double] = []

    /// CPU milliseconds for a second of one call.
    var perCallSecond: Double {
        let rounds = [datagramSent, datagramReceived, streamSent, streamReceived]
        return rounds.map { MediaBenchReport.Result(name: "", unit: "", rounds: $0).median }.reduce(0, +) * 50 / 1_000
    }

    /// - Parameters:
    ///   - datagram: Octets of a UDP payload.
    ///   - message: Octets of a message each way.
    init(datagram: Int, message: Int) throws {
        try measureDatagrams(datagram)
        try measureStream(message)
    }

    private mutating func measureDatagrams(_ length: Int) throws {
        var sockets: [Int32] = []
        defer { sockets.forEach(cdatagrams_close) }
        var peers: [cdatagrams_endpoint] = []
        for _ in 0..<2 {
            var any = cdatagrams_endpoint(high: 0, low: 0x7F00_0001, port: 0, family: 4)
            let socket = cdatagrams_open(&any, 1 << 20, 0)
            guard socket >= 0 else { throw PeerError("no socket: error \(-socket)") }
            sockets.append(socket)
            peers.append(cdatagrams_endpoint(high: 0, low: 0x7F00_0001, port: Self.port(of: socket), family: 4))
        }
        let (from, to, peer) = (sockets[0], sockets[1], peers[1])
        var bytes = [UInt8](repeating: 0x2A, count: max(length, 1_500))
        try bytes.withUnsafeMutableBufferPointer { bytes in
            var datagram = cdatagrams_datagram()
            datagram.bytes = bytes.baseAddress
            // As many as fit in the receiver's buffer, again and again.
            for _ in 0..<9 {
                datagram.length = UInt32(length)
                datagram.peer = peer
                datagramSent.append(Self.time(of: 200) { _ = cdatagrams_send(from, &datagram, 1) })
                var count = 0
                datagramReceived.append(
                    Self.time(of: 200) {
                        datagram.length = 1_500
                        count += Int(cdatagrams_receive(to, &datagram, 1))
                    }
                )
                guard count == 200 else { throw PeerError("loopback lost \(200 - count) of 200 datagrams") }
            }
        }
    }

    private mutating func measureStream(_ length: Int) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer {
            close(listener)
            close(client)
        }
        var address = Self.loopback()
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = Self.with(&address) { bind(listener, $0, size) == 0 && listen(listener, 1) == 0 }
        address.sin_port = Self.port(of: listener).bigEndian
        guard isListening, Self.with(&address, { connect(client, $0, size) }) == 0 else {
            throw PeerError("no TCP over loopback")
        }
        let server = accept(listener, nil, nil)
        defer { close(server) }
        var on: Int32 = 1
        setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        let message = [UInt8](repeating: 0x2A, count: length)
        var target = [UInt8](repeating: 0, count: length)
        for _ in 0..<9 {
            // In turn, as the messages of a call come: one each way in 20 ms.
            var (sent, received) = (0.0, 0.0)
            for _ in 0..<200 {
                sent += Self.time(of: 1) { _ = Glibc.send(client, message, length, 0) }
                received += Self.time(of: 1) { _ = recv(server, &target, length, Int32(MSG_WAITALL)) }
            }
            streamSent.append(sent / 200)
            streamReceived.append(received / 200)
        }
    }

    /// Microseconds for one call of `body`.
    private static func time(of count: Int, _ body: () -> Void) -> Double {
        let start = MediaBenchReport.processTime()
        for _ in 0..<count { body() }
        return (MediaBenchReport.processTime() - start) / 1_000 / Double(count)
    }

    private static func loopback() -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func with<Value>(_ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>) -> Value) -> Value {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }

    private static func port(of socket: Int32) -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
        }
        return UInt16(bigEndian: address.sin_port)
    }
}
