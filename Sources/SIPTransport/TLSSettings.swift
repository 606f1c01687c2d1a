import NIOSSL

/// How the stack speaks TLS (RFC 3261 §26.3.1): always with certificates on both sides, always checked.
///
/// There is no setting that leaves the check out.
public struct TLSSettings: Sendable, Hashable {
    /// PEM file: our certificate, then those that lead to its authority. Shown to clients and to servers.
    public var certificateFile: String
    /// PEM file of its private key.
    public var keyFile: String
    /// PEM file of the authorities that sign the peers' certificates.
    public var trustRootsFile: String
    /// SIP domains that may connect to us: one of them must be in the certificate of the peer. Empty: nobody.
    public var peers: Set<String>
    /// The handshake must be over this long after the connection stands.
    public var handshakeTime: Duration

    public init(
        certificateFile: String,
        keyFile: String,
        trustRootsFile: String,
        peers: Set<String>,
        handshakeTime: Duration = .seconds(5)
    ) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.trustRootsFile = trustRootsFile
        self.peers = peers
        self.handshakeTime = handshakeTime
    }
}

/// The settings with their files read.
struct TLSContexts: Sendable {
    let settings: TLSSettings
    let server: NIOSSLContext
    let client: NIOSSLContext

    /// Reads the files; blocks.
    init(_ settings: TLSSettings) throws {
        self.settings = settings
        let chain = try NIOSSLCertificate.fromPEMFile(settings.certificateFile).map(NIOSSLCertificateSource.certificate)
        let key = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(file: settings.keyFile, format: .pem))
        let roots = NIOSSLTrustRoots.certificates(try NIOSSLCertificate.fromPEMFile(settings.trustRootsFile))
        var server = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        // NIOSSL verifies the chain, and a client without a certificate fails the handshake; who a certificate is
        // for is ours to check (RFC 5922), since hosts are not all that a SIP certificate may name.
        server.certificateVerification = .noHostnameVerification
        server.trustRoots = roots
        server.minimumTLSVersion = .tlsv12
        var client = TLSConfiguration.makeClientConfiguration()
        client.certificateChain = chain
        client.privateKey = key
        client.certificateVerification = .noHostnameVerification
        client.trustRoots = roots
        client.minimumTLSVersion = .tlsv12
        self.server = try NIOSSLContext(configuration: server)
        self.client = try NIOSSLContext(configuration: client)
    }
}

/// Why there is no TLS connection with a peer.
enum TLSRefusal: Error, CustomStringConvertible {
    case wrongName(expected: String)
    case handshakeTooSlow
    /// There was nobody to shake hands with.
    case notConnected
    case handshakeFailed(String)

    var description: String {
        switch self {
        case .wrongName(let expected): "the certificate of the peer does not name \(expected)"
        case .notConnected: "there is no connection"
        case .handshakeTooSlow: "the TLS handshake took too long"
        case .handshakeFailed(let reason): "the TLS handshake failed: \(reason)"
        }
    }
}
