import Glibc
import NIOCore
import NIOPosix
import SIP

/// Where copies of all SIP messages go, as HEP version 3 over UDP: a Homer server.
public struct CaptureSettings: Sendable, Hashable {
    /// A literal IP address.
    public var host: String
    public var port: UInt16
    /// Tells capture agents apart.
    public var captureID: UInt32

    public init(host: String, port: UInt16 = 9_060, captureID: UInt32 = 2_001) {
        self.host = host
        self.port = port
        self.captureID = captureID
    }
}

extension SIPStack {
    func openCapture() async throws {
        guard capture == nil, let settings = configuration.capture else { return }
        let server = try SocketAddress(ipAddress: settings.host, port: Int(settings.port))
        let any = server.protocol == .inet6 ? "::" : "0.0.0.0"
        capture = try await DatagramBootstrap(group: eventLoop).bind(host: any, port: 0).get()
    }

    /// Sends a copy of a message that was received or sent on `channel`; without effect if nothing is captured.
    func captureCopy(
        _ bytes: @autoclosure () -> [UInt8],
        on channel: (any Channel)?,
        peer address: @autoclosure () -> String?,
        _ port: UInt16,
        isSent: Bool
    ) {
        guard let capture, let settings = configuration.capture,
            let server = try? SocketAddress(ipAddress: settings.host, port: Int(settings.port)),
            let local = channel?.localAddress, let address = address(),
            let peer = try? SocketAddress(ipAddress: address, port: Int(port)), let localOctets = local.ipOctets,
            let peerOctets = peer.ipOctets, localOctets.count == peerOctets.count
        else { return }
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let payload = bytes()
        let localPort = UInt16(truncatingIfNeeded: local.port ?? 0)
        let callID = (try? SIPMessage(parsing: payload, limits: configuration.limits))?.headers.first(.callID)
        let packet = HEPPacket(
            source: isSent ? localOctets : peerOctets,
            sourcePort: isSent ? localPort : port,
            destination: isSent ? peerOctets : localOctets,
            destinationPort: isSent ? port : localPort,
            isDatagram: channel is any MulticastChannel,
            seconds: UInt32(truncatingIfNeeded: time.tv_sec),
            microseconds: UInt32(truncatingIfNeeded: time.tv_nsec / 1_000),
            captureID: settings.captureID,
            correlation: callID ?? "",
            payload: payload
        )
        guard let encoded = packet.encoded() else { return }
        counters.captured += 1
        capture.writeAndFlush(AddressedEnvelope(remoteAddress: server, data: ByteBuffer(bytes: encoded)), promise: nil)
    }

    /// - Parameter bytes: What came, or what was read of it.
    func captureReceived(_ bytes: @autoclosure () -> [UInt8], from source: SIPSource) {
        guard capture != nil else { return }
        let channel = transports.datagrams[source.flow]?.channel ?? transports.connections[source.flow]?.channel
        captureCopy(bytes(), on: channel, peer: source.address, source.port, isSent: false)
    }
}
