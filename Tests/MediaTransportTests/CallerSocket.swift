import CDatagrams
import RTP
import Testing

@testable import MediaTransport

/// A caller's socket on 127.0.0.1 that counts the packets of sound, one run of them after the other.
final class CallerSocket {
    /// An octet of G.711 that is not in the silence that a leg sends by itself.
    static let sound: UInt8 = 0x2A

    /// Packets of each run of sound.
    private(set) var runs: [Int] = []
    /// Whether the last packet was one of sound.
    private(set) var isInRun = false
    /// Datagrams of any kind.
    private(set) var datagrams = 0
    private let socket: Int32

    init(port: UInt16) throws {
        var local = Self.loopback(port)
        socket = cdatagrams_open(&local, 1 << 20, 0)
        try #require(socket >= 0, "port \(port): error \(-socket)")
    }

    deinit { cdatagrams_close(socket) }

    /// Takes in what comes until `condition` holds after a packet, or the test's time is over.
    func receive(until condition: (CallerSocket) -> Bool) async throws {
        while !condition(self) {
            if !take() { try await Task.sleep(for: .milliseconds(1)) }
        }
    }

    /// Takes in one datagram; `false` if none is there.
    func take() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 1_500)
        let length: Int? = bytes.withUnsafeMutableBufferPointer { buffer in
            var datagram = cdatagrams_datagram()
            datagram.bytes = buffer.baseAddress
            datagram.length = UInt32(buffer.count)
            return cdatagrams_receive(socket, &datagram, 1) == 1 ? Int(datagram.length) : nil
        }
        guard let length else { return false }
        datagrams += 1
        let datagram = bytes.prefix(length)
        guard length > RTPHeader.length, !RTCPCompound.isRTCP(datagram.span) else { return true }
        let isSound = datagram[RTPHeader.length] == Self.sound
        if isSound {
            if !isInRun { runs.append(0) }
            runs[runs.count - 1] += 1
        }
        isInRun = isSound
        return true
    }

    func send(_ bytes: [UInt8], to port: UInt16) {
        var bytes = bytes + [0]  // A pointer to something, for a datagram of nothing.
        let length = bytes.count - 1
        bytes.withUnsafeMutableBufferPointer { buffer in
            var datagram = cdatagrams_datagram()
            datagram.bytes = buffer.baseAddress
            datagram.length = UInt32(length)
            datagram.peer = Self.loopback(port)
            _ = cdatagrams_send(socket, &datagram, 1)
        }
    }

    private static func loopback(_ port: UInt16) -> cdatagrams_endpoint {
        cdatagrams_endpoint(IPEndpoint(v4: 0x7F00_0001, port: port))
    }
}
