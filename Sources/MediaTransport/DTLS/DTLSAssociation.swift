import CDTLS
import RTP
import SDP
import Timing

/// One handshake of DTLS-SRTP with a peer, over datagrams that its owner carries.
///
/// Source: RFC 5764 §4, RFC 6347 §4.2.4 for the repeated flights, whose times libssl keeps.
// Used on the session's event loop only.
final class DTLSAssociation {
    enum State: Equatable {
        case handshaking
        /// The peer is who the session description says, and these are the keys.
        case established(AgreedKeys)
        case failed(Failure)
    }

    enum Failure: Equatable {
        /// The peer's certificate is not one of those in its session description.
        case fingerprint
        /// No protection profile in common.
        case profile
        /// An alert, a message out of order, or what else ends a handshake.
        case handshake
        case timeout
    }

    /// Long enough for three flights each of which is lost three times.
    static let timeLimit = Duration.seconds(30)

    let agreement: DTLSAgreement
    /// Where the handshake goes; datagrams from elsewhere are not for it.
    let peer: IPEndpoint
    private(set) var state = State.handshaking

    private let identity: DTLSIdentity
    private let pointer: OpaquePointer
    private let deadline: MonotonicTime
    private var datagram = [UInt8](repeating: 0, count: Int(SIDETONE_DTLS_DATAGRAM))

    /// - Returns: `nil` if there is no memory.
    init?(_ identity: DTLSIdentity, _ agreement: DTLSAgreement, with peer: IPEndpoint, at now: MonotonicTime) {
        guard let pointer = sidetone_dtls_make(identity.pointer, agreement.role == .active ? 1 : 0) else { return nil }
        self.identity = identity
        self.pointer = pointer
        self.agreement = agreement
        self.peer = peer
        deadline = now + Self.timeLimit
    }

    deinit {
        sidetone_dtls_free(pointer)
    }

    /// Whether a datagram on the port of RTP is one of DTLS, by its first octet (RFC 7983 §7).
    static func isDTLS(_ bytes: Span<UInt8>) -> Bool {
        bytes.count > 0 && (20...63).contains(bytes[0])
    }

    /// Takes in a datagram of the peer, also after the handshake: the peer may not have got our last flight.
    func receive(_ bytes: Span<UInt8>) {
        let reached = bytes.withUnsafeBufferPointer { sidetone_dtls_receive(pointer, $0.baseAddress, $0.count) }
        update(reached)
    }

    /// Begins the handshake, and repeats a flight when it is time for that. Call every few ticks.
    func advance(at now: MonotonicTime) {
        guard state == .handshaking else { return }
        update(sidetone_dtls_advance(pointer))
        if state == .handshaking, now >= deadline { state = .failed(.timeout) }
    }

    /// Hands on what is to be sent, datagram by datagram.
    func takeDatagrams(_ body: (Span<UInt8>) -> Void) {
        while true {
            let count = sidetone_dtls_take(pointer, &datagram)
            guard count > 0 else { return }
            body(datagram.span.extracting(0..<min(count, datagram.count)))
        }
    }

    private func update(_ reached: sidetone_dtls_state) {
        guard state == .handshaking else { return }
        switch reached {
        case SIDETONE_DTLS_HANDSHAKING: break
        case SIDETONE_DTLS_ESTABLISHED: state = finish()
        default: state = .failed(.handshake)
        }
    }

    private func finish() -> State {
        var octets = [UInt8](repeating: 0, count: CertificateFingerprint.length)
        guard sidetone_dtls_peer_fingerprint(pointer, &octets) == 1,
            agreement.fingerprints.contains(where: { $0.octets == octets })
        else { return .failed(.fingerprint) }
        guard let suite = CryptoSuite(profile: sidetone_dtls_profile(pointer)) else { return .failed(.profile) }
        return keys(suite).map { .established($0) } ?? .failed(.handshake)
    }

    /// The exported material holds the keys of client and server, and then their salts (RFC 5764 §4.2).
    private func keys(_ suite: CryptoSuite) -> AgreedKeys? {
        let (key, salt) = (suite.keyLength, suite.keyAndSaltLength - suite.keyLength)
        var material = [UInt8](repeating: 0, count: 2 * suite.keyAndSaltLength)
        guard sidetone_dtls_export(pointer, &material, material.count) == 1 else { return nil }
        let salts = material[(2 * key)...]
        let client = MediaKey(suite, keyAndSalt: Array(material[..<key] + salts.prefix(salt)))
        let server = MediaKey(suite, keyAndSalt: Array(material[key..<2 * key] + salts.suffix(salt)))
        guard let client, let server else { return nil }
        return agreement.role == .active
            ? AgreedKeys(local: client, remote: server) : AgreedKeys(local: server, remote: client)
    }
}

extension CryptoSuite {
    /// The suite of an SRTP protection profile (RFC 5764 §4.1.2, RFC 7714 §14.2).
    init?(profile: UInt16) {
        switch profile {
        case 1: self = .aesCM128HMACSHA1Tag80
        case 7: self = .aeadAES128GCM
        case 8: self = .aeadAES256GCM
        default: return nil
        }
    }

    fileprivate var keyLength: Int { self == .aeadAES256GCM ? 32 : 16 }
}
