/// Which addresses out of a session description media may be sent to.
///
/// Whoever writes the SDP chooses where we send packets, so that whatever reaches this machine only from the inside
/// (loopback, link-local and metadata services, our own ports) and whatever reaches many (multicast, broadcast) is
/// refused, in IPv4, in IPv6 and mapped.
public struct MediaAddressPolicy: Sendable, Hashable {
    public enum Refusal: Sendable, Hashable {
        /// A domain name, or no address at all.
        case notLiteral
        case loopback
        case linkLocal
        case multicast
        case reserved
        /// One of our own addresses, or a port of ours.
        case own
    }

    /// Peers on this machine: for a laboratory on one host.
    public var allowsLoopback: Bool
    /// Peers that share an address of ours, on other ports.
    public var allowsOwnAddresses: Bool
    /// The addresses of this machine.
    public var ownAddresses: [IPAddress]
    /// Ports of ours, on loopback and on our own addresses, that are never a peer's: signalling, administration.
    public var ownPorts: [UInt16]

    public init(
        allowsLoopback: Bool = false,
        allowsOwnAddresses: Bool = false,
        ownAddresses: [IPAddress] = [],
        ownPorts: [UInt16] = []
    ) {
        self.allowsLoopback = allowsLoopback
        self.allowsOwnAddresses = allowsOwnAddresses
        self.ownAddresses = ownAddresses
        self.ownPorts = ownPorts
    }

    /// The policy that follows from the address media is bound to: peers on loopback if that is on loopback, else
    /// neither loopback nor that address.
    public init(boundTo address: String) {
        let own = IPAddress(address)
        let isLoopback = own?.isLoopback ?? false
        self.init(
            allowsLoopback: isLoopback,
            allowsOwnAddresses: isLoopback,
            ownAddresses: own.map { [$0.unmapped] } ?? []
        )
    }

    /// Why nothing may be sent to `address`; `nil` if it may. The unspecified address passes: it means hold, and
    /// nothing is sent to it.
    public func refusal(of address: String, port: UInt16) -> Refusal? {
        guard let literal = IPAddress(address)?.unmapped else { return .notLiteral }
        if literal.isUnspecified { return nil }
        if literal.isMulticast { return .multicast }
        if literal.isLinkLocal { return .linkLocal }
        if literal.isReserved { return .reserved }
        let isOwn = ownAddresses.contains { $0.unmapped == literal }
        if literal.isLoopback, !allowsLoopback { return .loopback }
        if isOwn, !allowsOwnAddresses { return .own }
        if isOwn || literal.isLoopback, ownPorts.contains(port) { return .own }
        return nil
    }
}
