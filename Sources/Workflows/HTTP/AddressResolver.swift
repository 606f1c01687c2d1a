import Glibc
import NIOPosix

/// Finds the addresses of a host.
public protocol AddressResolver: Sendable {
    /// Address literals, preferred ones first.
    ///
    /// - Throws: When the name has none.
    func addresses(of host: String) async throws -> [String]
}

/// Asks the system, which takes as long as it takes, on threads of its own.
public struct SystemAddressResolver: AddressResolver {
    /// Addresses of a host that are looked at.
    private static let maximumAddresses = 16
    /// Apart from the pool that files are read by: a name server that is silent holds its thread for half a minute.
    private static let ownThreads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
        return pool
    }()

    private let threads: NIOThreadPool

    /// - Parameter threads: `nil`: a few that only this does.
    public init(threads: NIOThreadPool? = nil) {
        self.threads = threads ?? Self.ownThreads
    }

    public func addresses(of host: String) async throws -> [String] {
        try await threads.runIfActive { try Self.resolve(host) }
    }

    /// In the order in which the system would try them (RFC 6724).
    private static func resolve(_ host: String) throws -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { throw OutboundHTTPError.unresolved }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var next = list
        while let entry = next?.pointee, addresses.count < maximumAddresses {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let result = getnameinfo(
                entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            if result == 0 {
                addresses.append(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))
            }
            next = entry.ai_next
        }
        guard !addresses.isEmpty else { throw OutboundHTTPError.unresolved }
        return addresses
    }
}
