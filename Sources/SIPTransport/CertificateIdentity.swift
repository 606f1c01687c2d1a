import NIOCore
import NIOSSL
import SIP

/// Whom a certificate is for: the SIP domains and addresses in its `subjectAltName`.
///
/// Source: RFC 5922 §7.1. A `sip` URI without user part is a domain; DNS names count where there is no such URI. The
/// Common Name is not looked at, and there are no wildcards (§7.2).
struct CertificateIdentity: Sendable, Hashable {
    let domains: Set<String>
    /// 4 or 16 octets each, for hops that are named by address.
    let addresses: Set<[UInt8]>

    init(uris: [String], dnsNames: [String], addresses: [[UInt8]]) {
        let named = uris.compactMap { text -> String? in
            guard let uri = try? SIPURI(parsing: text), uri.scheme == .sip, uri.user == nil else { return nil }
            return uri.host.lowercasedASCII
        }
        domains = Set(named.isEmpty ? dnsNames.map(\.lowercasedASCII) : named)
        self.addresses = Set(addresses)
    }

    init(_ certificate: NIOSSLCertificate) {
        var uris: [String] = []
        var dnsNames: [String] = []
        var addresses: [[UInt8]] = []
        for name in certificate._subjectAlternativeNames() {
            let octets = Array(name.contents)
            switch name.nameType {
            case .uri: uris.append(String(decoding: octets, as: UTF8.self))
            case .dnsName: dnsNames.append(String(decoding: octets, as: UTF8.self))
            case .ipAddress: addresses.append(octets)
            default: break
            }
        }
        self.init(uris: uris, dnsNames: dnsNames, addresses: addresses)
    }

    /// - Parameter host: A domain, or an IP address without brackets.
    func names(_ host: String) -> Bool {
        if let octets = (try? SocketAddress(ipAddress: host, port: 0))?.ipOctets { return addresses.contains(octets) }
        return domains.contains(host.lowercasedASCII)
    }
}
