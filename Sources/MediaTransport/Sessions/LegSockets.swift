import Media

/// The ports of a leg, registered with a loop until ``close()``.
// Used on the loop's event loop only.
final class LegSockets {
    private let ports: LeasedPortPair
    private let loop: MediaLoop
    private let slot: Int

    let rtpSocket: Int32
    let rtcpSocket: Int32
    let rtpPort: UInt16
    let rtcpPort: UInt16

    init(
        _ ports: consuming LeasedPortPair,
        of session: MediaSession,
        on loop: MediaLoop
    ) throws(MediaPlaneError) {
        slot = try loop.register(ports, of: session)
        rtpSocket = ports.rtpSocket
        rtcpSocket = ports.rtcpSocket
        rtpPort = ports.rtpPort
        rtcpPort = ports.rtcpPort
        self.loop = loop
        self.ports = ports
    }

    /// Takes the sockets out of the loop. They are closed, and the ports given back, with this object.
    func close() {
        loop.unregister(ports, slot: slot)
    }
}
