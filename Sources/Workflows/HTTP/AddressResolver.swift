import NIOCore
import NIOPosix

/// Finds the addresses of a host.
public protocol AddressResolver: Sendable {
    /// Address literals, preferred ones first.
    ///
    /// - Throws: When the name has none.
    func addresses(of host: String) async throws -> [String]
}

/// Asks the system, which takes as long as it takes, on a thread of its own.
public struct SystemAddressResolver: AddressResolver {
    private let threads: NIOThreadPool

    public init(threads: NIOThreadPool = .singleton) {
        self.threads = threads
    }

    public func addresses(of host: String) async throws -> [String] {
        try await threads.runIfActive { try Self.resolve(host) }
    }

    private static func resolve(_ host: String) throws -> [String] {
        var addresses: [String] = []
        // The first of the list is what the system would connect to (RFC 6724).
        let first = try SocketAddress.makeAddressResolvingHost(host, port: 0)
        if let text = first.ipAddress { addresses.append(text) }
        guard !addresses.isEmpty else { throw OutboundHTTPError.unresolved }
        return addresses
    }
}
