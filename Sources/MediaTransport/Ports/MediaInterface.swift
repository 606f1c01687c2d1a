import Logging
import Media
import RTP

/// An address of the plane with the ports on it.
struct MediaInterface: Sendable {
    let local: IPEndpoint
    /// What goes into SDP.
    let advertised: String
    let pool: PortPool

    /// - Throws: ``MediaPlaneError/addressRefused(_:)`` if `address` is no literal one.
    init(
        address: String,
        advertised: String? = nil,
        configuration: MediaPlaneConfiguration,
        logger: Logger
    ) throws(MediaPlaneError) {
        guard let local = IPEndpoint(literal: address, port: 0) else {
            throw .addressRefused("\(address) is no literal IP address")
        }
        self.local = local
        self.advertised = advertised ?? address
        pool = PortPool(
            range: configuration.ports,
            local: local,
            quarantine: configuration.quarantine,
            dscp: configuration.dscp,
            receiveBuffer: configuration.receiveBuffer,
            logger: logger
        )
    }

    /// Whether sockets here reach `address`, as far as the IP version says.
    func reaches(_ address: IPEndpoint) -> Bool { address.family == local.family }
}
