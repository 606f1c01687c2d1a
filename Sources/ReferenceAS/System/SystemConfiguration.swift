import ApplicationServer
import EngineTransport
import Foundation
import IMS
import Media
import MediaTransport
import SDP
import SIP
import SIPTransport
import VoiceEngine

extension ASConfiguration {
    /// The SIP stack's share of the configuration.
    func stackConfiguration() throws -> SIPStackConfiguration {
        let listeners = try sip.listen.map { address in
            guard let listener = SIPListener(address.description) else {
                throw SystemError("sip.listen: \(address) cannot be used; use udp://, tcp:// or tls://")
            }
            return listener
        }
        var configuration = SIPStackConfiguration(
            listeners: listeners,
            policy: PeerPolicy(
                trusted: sip.trustedPeers,
                allowUntrusted: sip.allowUntrusted,
                trustDomain: sip.trustDomain.isEmpty ? nil : sip.trustDomain
            ),
            timers: SIPTimers(t1: sip.timers.t1, t2: sip.timers.t2, t4: sip.timers.t4),
            product: sip.name
        )
        if let certificate = sip.tls.certificate, let key = sip.tls.key, let trustRoots = sip.tls.trustRoots {
            configuration.tls = TLSSettings(
                certificateFile: certificate,
                keyFile: key,
                trustRootsFile: trustRoots,
                peers: Set(sip.tls.peers)
            )
        }
        configuration.overload = OverloadControl.Targets(
            latency: sip.overload.latency,
            processor: Double(sip.overload.processor) / 100
        )
        configuration.keepAlive = sip.keepAlive
        configuration.dns = DNSSettings(
            servers: sip.dns.servers.map { .init(host: $0.host, port: $0.port) },
            timeout: sip.dns.timeout
        )
        for account in accounts.values {
            guard let password = try account.password?.resolve() else { continue }
            let known = DigestClient.Account(realm: account.realm, username: account.username, password: password)
            configuration.accounts[account.peer, default: []].append(known)
        }
        if let realm = sip.authentication.realm {
            configuration.authentication = AuthenticationSettings(
                realm: realm,
                networks: sip.authentication.networks,
                passwords: try users.compactMapValues { try $0.password?.resolve() },
                algorithms: sip.authentication.algorithms
            )
        }
        if let server = sip.hep.server {
            configuration.capture = CaptureSettings(
                host: server.host,
                port: server.port,
                captureID: UInt32(clamping: sip.hep.captureID)
            )
        }
        return configuration
    }

    var mediaConfiguration: MediaPlaneConfiguration {
        MediaPlaneConfiguration(
            address: media.address,
            otherAddress: media.otherAddress,
            ports: media.ports.range,
            leg: LegConfiguration(
                inactivityLimit: Int(media.inactivity.milliseconds),
                digits: media.dtmf, bargeIn: media.bargeIn, hidesEcho: media.hideEcho)
        )
    }

    var serverConfiguration: ApplicationServerConfiguration {
        var configuration = ApplicationServerConfiguration(
            codecs: media.usableCodecs.flatMap(PayloadFormat.formats(named:)),
            protection: CallProtection(policy: media.srtp, agreements: media.keyAgreement),
            maximumCalls: limits.maxCalls,
            ownHosts: Set([sip.domain].compactMap { $0 }),
            registrationSubscription: registrationSubscription
        )
        configuration.sendsDigitsByInfo = media.dtmfInfo
        configuration.engineHealth = limits.engineHealth
        if let user = outbound.servedUser, let uri = outbound.servingCSCF.flatMap({ try? SIPURI(parsing: $0) }) {
            configuration.outbound = OutboundSettings(
                servingCSCF: uri,
                servedUser: user,
                network: sip.registrationState.network ?? sip.domain ?? uri.host
            )
        }
        return configuration
    }

    /// As the server stands in filter criteria: its domain, or else the address it listens on.
    private var registrationSubscription: RegistrationSubscription? {
        guard let network = sip.registrationState.network, let listener = sip.listen.first else { return nil }
        var uri = SIPURI(scheme: .sip, host: sip.domain ?? listener.host)
        if sip.domain == nil { uri.hostPort = SIP.HostPort(host: listener.host, port: listener.port) }
        return RegistrationSubscription(applicationServer: uri, network: network)
    }

    /// The services in the order of the file; the first without a match, else the first at all, is the default.
    ///
    func serviceRegistrations(
        _ parts: ServiceParts
    ) throws -> (services: [ServiceRegistration], fallback: ServiceRegistration?) {
        let made = try self.services(parts)
        let services = self.services.compactMap { definition in
            made[definition.name].map { service in
                ServiceRegistration(
                    name: definition.name,
                    match: definition.match?.value ?? ApplicationServer.ServiceMatch(),
                    service: service
                )
            }
        }
        let standard = defaultService
        let fallback = services.first { $0.name == standard?.name }
        let matching = zip(services, self.services).filter { $0.1.match != nil }.map(\.0)
        return (matching, fallback)
    }
}

extension EngineDefinition {
    /// The endpoint with its secret resolved.
    func endpoint() throws -> EngineEndpoint {
        EngineEndpoint(
            name: name,
            dialect: dialect,
            url: url,
            apiKey: try apiKey?.resolve(),
            signingSecret: try signingSecret?.resolve(),
            options: options,
            trustRootsFile: trustRootsFile
        )
    }
}

extension FallbackDefinition {
    var value: EngineFallback {
        let mode: EngineFallback.Mode =
            switch mode {
            case .route: .route
            case .proxy: .proxy
            case .reject: .reject
            case .resume: .resume
            }
        var result = EngineFallback(mode: mode, uri: uri, engineTimeout: engineTimeout)
        result.alternatives = alternatives
        result.rescue = rescue
        result.isParallel = forking == .parallel
        return result
    }
}

extension ServiceMatch {
    fileprivate var value: ApplicationServer.ServiceMatch {
        let sessionCase: IMS.SessionCase? =
            switch sessionCase {
            case .originating?: .originating
            case .terminatingRegistered?: .terminatingRegistered
            case .terminatingUnregistered?: .terminatingUnregistered
            case .originatingUnregistered?: .originatingUnregistered
            case .originatingCDIV?: .originatingCDIV
            case nil: nil
            }
        return ApplicationServer.ServiceMatch(
            serviceInfo: serviceInfo,
            requestURI: requestURI,
            sessionCase: sessionCase
        )
    }
}

/// Why a system cannot be put together, in words for the operator.
public struct SystemError: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
