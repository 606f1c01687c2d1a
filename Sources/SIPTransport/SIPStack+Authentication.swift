import NIOCore
import SIP

/// Who has to prove who it is before its requests are looked at (RFC 3261 §22, RFC 8760): peers without an address that
/// could be trusted.
public struct AuthenticationSettings: Sendable, Hashable {
    /// What the credentials are for.
    public var realm: String
    /// Where those peers may be. They are admitted, and what they assert is not trusted.
    public var networks: [IPNetwork]
    /// Passwords by user name.
    public var passwords: [String: String]
    /// In the order of preference: one challenge each.
    public var algorithms: [DigestAlgorithm]

    public init(
        realm: String,
        networks: [IPNetwork],
        passwords: [String: String],
        algorithms: [DigestAlgorithm] = [.sha256, .md5]
    ) {
        self.realm = realm
        self.networks = networks
        self.passwords = passwords
        self.algorithms = algorithms
    }

    func makeAuthenticator() -> DigestAuthenticator {
        var random = SystemRandomNumberGenerator()
        return DigestAuthenticator(
            configuration: DigestAuthenticator.Configuration(realm: realm, algorithms: algorithms),
            key: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        )
    }
}

extension SIPStack {
    /// Octets that may be sent to whoever a datagram says that it comes from, for each of its own.
    private static let largestAmplification = 3

    /// Whether a request may be processed. One that proves nothing has got its 401 or 400; no transaction is made for
    /// that.
    ///
    /// ACK and CANCEL cannot be challenged (RFC 3261 §22.1), and a request that comes again was looked at before.
    func authenticates(_ request: SIPRequest, from source: SIPSource) -> Bool {
        guard let settings = configuration.authentication, request.method != .ack, request.method != .cancel,
            let address = source.addressBits, configuration.mustAuthenticate(address),
            !endpoint.hasTransaction(for: request)
        else { return true }
        let now = now
        let verdict = authenticator?.verify(request, at: now) { user, _ in
            settings.passwords[user].map { .password($0) }
        }
        var response: SIPResponse
        switch verdict {
        case .accepted:
            return true
        case .malformed(let error):
            response = SIPResponse(error.responseStatus, withoutStateFor: request)
        case .challenge(let isStale):
            response = SIPResponse(.unauthorized, withoutStateFor: request)
            let salt = UInt64.random(in: .min ... .max)
            let fields = authenticator?.challenges(at: now, salt: salt, isStale: isStale)
            if let fields { response.headers.copy(from: fields) { _ in true } }
            counters.challenges += 1
        case nil:
            return false
        }
        counters.messagesReceived += 1
        let answer = response.serialized()
        // A datagram's sender may be forged: nobody is sent much more than was sent in its name.
        guard source.transport != .udp || answer.count <= Self.largestAmplification * request.serialized().count else {
            return false
        }
        counters.messagesSent += 1
        transmit(answer, to: replyDestination(request, source), for: nil)
        return false
    }
}

extension SIPStackConfiguration {
    func admits(_ address: IPAddressBits) -> Bool {
        policy.allowUntrusted || policy.isTrusted(address) || mustAuthenticate(address)
    }

    /// Whether it is the address of a stranger, who has to prove who it is.
    func mustAuthenticate(_ address: IPAddressBits) -> Bool {
        guard let authentication, !policy.isTrusted(address) else { return false }
        return authentication.networks.contains { $0.contains(address) }
    }
}
