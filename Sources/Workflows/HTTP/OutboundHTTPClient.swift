import AsyncHTTPClient
import NIOCore
import NIOPosix

/// Asks other servers over HTTP, and only those it may.
///
/// A name is resolved once, its address is judged and then used for the request itself, so that no second answer of a
/// name server can lead elsewhere; it goes on being used while it is looked up anew. Redirections are not followed. The
/// time limit covers everything, name and body included.
public actor OutboundHTTPClient {
    public struct Request: Sendable {
        public var method: String
        public var origin: WebOrigin
        /// Begins with the origin.
        public var url: String
        public var headers: [(name: String, value: String)]
        public var body: [UInt8]?

        public init(
            method: String,
            origin: WebOrigin,
            url: String,
            headers: [(name: String, value: String)] = [],
            body: [UInt8]? = nil
        ) {
            self.method = method
            self.origin = origin
            self.url = url
            self.headers = headers
            self.body = body
        }
    }

    public struct Response: Sendable, Hashable {
        public var status: Int
        public var body: [UInt8]

        public var isSuccess: Bool { (200..<300).contains(status) }
    }

    private struct Pin {
        let client: HTTPClient
        let origin: WebOrigin
        let address: String
        var expires: ContinuousClock.Instant
        var inFlight = 0
    }

    private static let maximumPins = 256
    /// How long after its time an address is still used while the name server says nothing.
    private static let staleTime = Duration.seconds(600)

    private let rules: OutboundRules
    private let resolver: any AddressResolver
    private let group: any EventLoopGroup
    private var pins: [String: Pin] = [:]
    private var isShutDown = false
    /// Who waits for the addresses of a host that is being looked up.
    private var lookups: [String: [Int: CheckedContinuation<Lookup, Never>]] = [:]
    private var lookupCount = 0

    private typealias Lookup = Result<[String], OutboundHTTPError>

    public init(
        rules: OutboundRules,
        resolver: any AddressResolver = SystemAddressResolver(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.rules = rules
        self.resolver = resolver
        self.group = group
    }

    /// Sends a request and takes the whole response.
    ///
    /// - Parameter limit: For all of it: name, connection, headers and body.
    public func send(_ request: Request, within limit: Duration) async throws(OutboundHTTPError) -> Response {
        guard rules.allows(request.origin) else { throw .originNotAllowed }
        guard request.url.hasPrefix(request.origin.description + "/") else { throw .originNotAllowed }
        guard limit > .zero else { throw .timedOut }
        let result: Result<Response, OutboundHTTPError> = await withTaskGroup(
            of: Result<Response, OutboundHTTPError>.self
        ) { group in
            group.addTask {
                do throws(OutboundHTTPError) {
                    return .success(try await self.exchange(request))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                do { try await Task.sleep(for: limit) } catch { return .failure(.cancelled) }
                return .failure(.timedOut)
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(.cancelled)
        }
        return try result.get()
    }

    private func exchange(_ request: Request) async throws(OutboundHTTPError) -> Response {
        let key = try await pin(request.origin)
        guard let client = pins[key]?.client else { throw .cancelled }
        pins[key]?.inFlight += 1
        defer { pins[key]?.inFlight -= 1 }
        var message = HTTPClientRequest(url: request.url)
        message.method = .init(rawValue: request.method)
        for (name, value) in request.headers { message.headers.add(name: name, value: value) }
        if let body = request.body { message.body = .bytes(body) }
        do {
            let response = try await client.execute(message, timeout: .hours(1))
            let status = Int(response.status.code)
            if (300..<400).contains(status) { throw OutboundHTTPError.redirected }
            let body = try await response.body.collect(upTo: rules.maximumBodyBytes)
            return Response(status: status, body: Array(body.readableBytesView))
        } catch let error as OutboundHTTPError {
            throw error
        } catch is NIOTooManyBytesError {
            throw .tooLarge
        } catch is CancellationError {
            throw .cancelled
        } catch {
            throw .unreachable("\(error)")
        }
    }

    // MARK: Addresses

    /// Finds an address that the origin may lead to.
    ///
    /// - Returns: The key of its pin.
    private func pin(_ origin: WebOrigin) async throws(OutboundHTTPError) -> String {
        let now = ContinuousClock.now
        if let (key, pin) = pins.filter({ $0.value.origin == origin }).max(by: { $0.value.expires < $1.value.expires })
        {
            if pin.expires > now { return key }
            if pin.expires + Self.staleTime > now {
                if lookups[origin.host] == nil { Task { _ = try? await self.find(origin) } }
                return key
            }
        }
        return try await find(origin)
    }

    private func find(_ origin: WebOrigin) async throws(OutboundHTTPError) -> String {
        let addresses: [String]
        if AddressPolicy.octets(of: origin.host) != nil {
            addresses = [origin.host]
        } else {
            addresses = try await lookUp(origin.host)
        }
        guard let first = addresses.first else { throw .unresolved }
        // All of them: a name that leads home with one of its addresses is not to be trusted with the others.
        for address in addresses where !rules.allows(address, of: origin) { throw .addressNotAllowed(address) }
        guard !isShutDown else { throw .cancelled }
        let key = "\(origin) \(first)"
        let expires = ContinuousClock.now + rules.pinTime
        if pins[key] != nil {
            pins[key]?.expires = expires
        } else {
            await makeRoom()
            guard !isShutDown else { throw .cancelled }
            if pins[key] == nil {
                pins[key] = Pin(
                    client: client(for: origin, at: first), origin: origin, address: first, expires: expires)
            }
        }
        return key
    }

    /// Asks the resolver once for all who want the same at a time. A task that is cancelled does not wait for it.
    private func lookUp(_ host: String) async throws(OutboundHTTPError) -> [String] {
        lookupCount += 1
        let number = lookupCount
        let result: Lookup = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: .failure(.cancelled)) }
                if lookups[host] == nil {
                    lookups[host] = [:]
                    Task {
                        let found: Lookup
                        do {
                            found = .success(try await resolver.addresses(of: host))
                        } catch {
                            found = .failure(.unresolved)
                        }
                        for waiter in (lookups.removeValue(forKey: host) ?? [:]).values {
                            waiter.resume(returning: found)
                        }
                    }
                }
                lookups[host]?[number] = continuation
            }
        } onCancel: {
            Task { await self.giveUp(host, number) }
        }
        return try result.get()
    }

    private func giveUp(_ host: String, _ number: Int) {
        lookups[host]?.removeValue(forKey: number)?.resume(returning: .failure(.cancelled))
    }

    private func client(for origin: WebOrigin, at address: String) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.connectionPool.idleTimeout = .seconds(30)
        // Beyond, requests wait for one another, and calls for calls.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = rules.maximumConnections
        configuration.timeout = .init(connect: .seconds(5))
        if address != origin.host { configuration.dnsOverride = [origin.host: address] }
        return HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    }

    /// Lets go of the pins that have expired and are not in use.
    private func makeRoom() async {
        guard pins.count >= Self.maximumPins else { return }
        let now = ContinuousClock.now
        for (key, pin) in pins where pin.inFlight == 0 && pin.expires <= now {
            pins[key] = nil
            try? await pin.client.shutdown()
        }
    }

    /// Ends what is under way and closes the connections. Nothing can be sent afterwards.
    public func shutDown() async {
        isShutDown = true
        let clients = pins.values.map(\.client)
        pins = [:]
        for client in clients { try? await client.shutdown() }
    }
}
