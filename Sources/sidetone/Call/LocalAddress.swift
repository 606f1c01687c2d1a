import NIOCore
import NIOPosix
import SIP

/// Which address of this host a peer is reached from.
enum LocalAddress {
    /// Asks the routing table by connecting a UDP socket, which sends nothing.
    static func reaching(_ hop: Hop, _ group: any EventLoopGroup) async throws -> String {
        let channel = try await DatagramBootstrap(group: group).connect(host: hop.host, port: Int(hop.port)).get()
        let address = channel.localAddress?.ipAddress
        try await channel.close()
        return address ?? "127.0.0.1"
    }
}
