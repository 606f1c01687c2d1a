import ApplicationServer
import Media
import SDP
import SIP
import SIPTransport

/// Every key there is. Reading, `config defaults`, the environment and `--set` all go by this table.
enum ConfigurationTable {
    typealias Key = ConfigurationKey<ASConfiguration>

    static let durationUnit = "written with the value: us, ms, s, m, h"

    static let settings: [Key] =
        [
            Key(
                "sip.listen", \.sip.listen, ValueType<ListenAddress>.listenAddress.list,
                "Where SIP is listened for: udp, tcp or tls, host, port."),
            Key(
                "sip.trustedPeers",
                \.sip.trustedPeers,
                ValueType<IPNetwork>.network.list,
                "S-CSCFs and PBXs. Packets from elsewhere are dropped before they are parsed."
            ),
            Key(
                "sip.allowUntrusted",
                \.sip.allowUntrusted,
                .flag,
                "Take calls from anybody, without trusting what they assert."
            ),
            Key(
                "sip.trustDomain", \.sip.trustDomain, ValueType<IPNetwork>.network.list,
                "Whose P- fields are believed, and who is sent those of others; none: sip.trustedPeers."),
            Key(
                "sip.domain",
                \.sip.domain,
                ValueType<String>.host.optional,
                "A name that means this server in a Route, beside the addresses it listens on."
            ),
            Key("sip.name", \.sip.name, .token, "Value of the Server and User-Agent headers."),
            Key(
                "sip.timers.t1", \.sip.timers.t1, .duration, unit: durationUnit,
                "Round-trip time estimate T1 (RFC 3261 section 17)."),
            Key(
                "sip.timers.t2", \.sip.timers.t2, .duration, unit: durationUnit,
                "Longest interval between retransmissions, T2."),
            Key(
                "sip.timers.t4", \.sip.timers.t4, .duration, unit: durationUnit,
                "How long a message stays in the network, T4."),
            Key(
                "sip.authentication.realm", \.sip.authentication.realm, ValueType<String>.text.optional,
                "Realm of the users: if set, peers in sip.authentication.networks are admitted who prove to be one."),
            Key(
                "sip.authentication.networks", \.sip.authentication.networks, ValueType<IPNetwork>.network.list,
                "Where such peers may be. Those of sip.trustedPeers are not asked."),
            Key(
                "sip.authentication.algorithms", \.sip.authentication.algorithms,
                ValueType<DigestAlgorithm>.choice().list,
                "In order of preference, a challenge each (RFC 8760); many PBXs read only the first, and only MD5."),
            Key(
                "sip.keepAlive", \.sip.keepAlive, ValueType<Duration>.duration.optional, unit: durationUnit,
                "Longest time between CRLF pings on TCP and TLS connections that we open; a peer without a pong is dropped."
            ),
            Key(
                "sip.tls.certificate", \.sip.tls.certificate, ValueType<String>.text.optional,
                "PEM file: our certificate and those up to its authority, shown to clients and to servers."),
            Key("sip.tls.key", \.sip.tls.key, ValueType<String>.text.optional, "PEM file of the private key."),
            Key(
                "sip.tls.trustRoots", \.sip.tls.trustRoots, ValueType<String>.text.optional,
                "PEM file of the authorities that sign the peers' certificates."),
            Key(
                "sip.tls.peers", \.sip.tls.peers, ValueType<String>.host.list,
                "SIP domains that may connect: one must be in the subjectAltName of the peer's certificate (RFC 5922)."),
            Key(
                "sip.overload.latency", \.sip.overload.latency, .duration, unit: durationUnit,
                "When messages wait longer on average, a share of new calls gets 503."),
            Key(
                "sip.overload.processor", \.sip.overload.processor, .number(1...100), unit: "per cent of one processor",
                "When signalling uses more, a share of new calls gets 503."),
            Key(
                "sip.hep.server", \.sip.hep.server, ValueType<HostPort>.hostPort.optional,
                "A Homer server that gets a copy of every SIP message without credentials, as HEP 3 over UDP."),
            Key(
                "sip.hep.captureID", \.sip.hep.captureID, .number(0...2_147_483_647),
                "Tells this server apart from other capture agents."),
            Key(
                "sip.registrationState.network", \.sip.registrationState.network, ValueType<String>.host.optional,
                "Our network, such as ims.example. If set, the S-CSCF is asked for each registered user's state (RFC 3680)."
            ),
            Key(
                "sip.dns.servers", \.sip.dns.servers, ValueType<HostPort>.hostPort.list,
                "Name servers, by address; none: those of /etc/resolv.conf."),
            Key(
                "sip.dns.timeout", \.sip.dns.timeout, .duration, unit: durationUnit,
                "A next hop must be found in this time: NAPTR, SRV and address records together."),
            Key("media.address", \.media.address, .address, "Address RTP is bound to, and that goes into SDP."),
            Key(
                "media.otherAddress", \.media.otherAddress, ValueType<String>.address.optional,
                "One of the other IP version, for calls whose offer has an address of that."),
            Key(
                "media.ports",
                \.media.ports,
                .portRange,
                unit: "UDP ports, a pair for each call",
                "Ports for RTP (even) and RTCP (odd). Keep them out of net.ipv4.ip_local_port_range."
            ),
            Key(
                "media.codecs",
                \.media.codecs,
                ValueType<String>.codec.list,
                "Codecs in order of preference; those that this build lacks are passed over."
            ),
            Key(
                "media.srtp", \.media.srtp, .choice(),
                "off: no encryption; accept: if the peer offers it; offer: in our offers too; require: nothing else."),
            Key(
                "media.keyAgreement", \.media.keyAgreement, ValueType<KeyAgreement>.choice().list,
                "Keys in session descriptions (sdes), by a handshake (dtls); the first one for our own offers."),
            Key(
                "media.dtmf", \.media.dtmf, .choice(),
                "Where digits are heard. auto: RFC 4733 events if agreed, else tones; events: only those; both."),
            Key(
                "media.dtmfInfo", \.media.dtmfInfo, .flag,
                "Digits to peers without telephone events go as SIP INFO, application/dtmf-relay."),
            Key(
                "media.bargeIn", \.media.bargeIn, .choice(),
                "Whose word interrupts the engine. engine: its own; local: a gate that knows our echo; both."),
            Key(
                "media.hideEcho", \.media.hideEcho, .flag,
                "The engine gets silence while nothing is heard but the echo of what it says."),
            Key(
                "media.inactivity", \.media.inactivity, .duration(in: .seconds(5) ... .seconds(3_600)),
                unit: durationUnit,
                "A call is ended when neither RTP nor RTCP has come for so long."),
            Key(
                "media.recordingDirectory",
                \.media.recordingDirectory,
                ValueType<String>.text.optional,
                "Folder for a WAV file of each direction of each call; without it nothing is recorded."
            ),
            Key(
                "media.recordingLayout", \.media.recordingLayout, .choice(),
                "separate: a file for each direction; stereo: one file, the caller on the left."),
            Key(
                "limits.maxDuration",
                \.limits.maxDuration,
                .duration,
                unit: durationUnit,
                "An answered call is ended after this long."
            ),
            Key(
                "limits.engineFailures", \.limits.engineHealth.failures, .number(1...1_000_000),
                "Handshakes, or conversations, that an engine fails one after another before it is left alone."),
            Key(
                "limits.enginePause", \.limits.engineHealth.pause, .duration, unit: durationUnit,
                "How long an engine is left alone that failed so often."),
            Key(
                "limits.maxCalls", \.limits.maxCalls, .number(1...100_000), unit: "calls",
                "Calls at a time; beyond, 503."),
            Key(
                "admin.listen",
                \.admin.listen,
                .hostPort,
                "Where /metrics, /healthz and /readyz are served, over HTTP."
            ),
            Key(
                "admin.token",
                \.admin.token,
                ValueType<SecretReference>.secret.optional,
                "Bearer token for all but the health endpoints: env:NAME or file:PATH."
            ),
            Key(
                "admin.readToken", \.admin.readToken, ValueType<SecretReference>.secret.optional,
                "A second token, good for reading only: env:NAME or file:PATH."),
            Key(
                "admin.keptCalls", \.admin.keptCalls, .number(0...1_000_000),
                "Timelines of ended calls that GET /api/calls/{id} can be asked for."),
            Key(
                "admin.maskReads", \.admin.maskReads, .flag,
                "Whether clients without admin.token see identities hashed and words left out of traces."),
            Key("log.level", \.log.level, .choice(), "The least severe messages to log."),
            Key("log.format", \.log.format, .choice(), "Lines for people, or a JSON object a line."),
            Key(
                "log.personalData", \.log.personalData, .flag,
                "Whether the steps of calls (level debug) tell who took part and what was said."),
            Key(
                "log.maskKey", \.log.maskKey, ValueType<SecretReference>.secret.optional,
                "Key of the hashes that stand for identities: env:NAME or file:PATH; a new one at each start if not set."
            ),
        ] + http + speech

    static let engine: [ConfigurationKey<EngineDefinition>] = [
        ConfigurationKey("name", \.name, .name, required: true, "Services refer to it."),
        ConfigurationKey("dialect", \.dialect, .choice(), "The protocol the engine speaks."),
        ConfigurationKey("url", \.url, .webSocketURL, required: true, "Where it is reached: ws:// or wss://."),
        ConfigurationKey(
            "apiKey",
            \.apiKey,
            ValueType<SecretReference>.secret.optional,
            "Shown as the dialect does it, mostly as bearer token: env:NAME or file:PATH, never the secret itself."
        ),
        ConfigurationKey(
            "signingSecret",
            \.signingSecret,
            ValueType<SecretReference>.secret.optional,
            "Of dialects that sign the handshake: env:NAME or file:PATH."
        ),
        ConfigurationKey(
            "options", \.options, .textMap,
            "What the dialect has beside: a model, the identifier of an agent. See Docs/Engines.md."
        ),
        ConfigurationKey(
            "trustRoots",
            \.trustRootsFile,
            ValueType<String>.text.optional,
            "PEM file of the authorities that a wss server is checked against; without it those of the system."
        ),
    ]

    static let account: [ConfigurationKey<AccountDefinition>] = [
        ConfigurationKey(
            "peer", \.peer, ValueType<String>.host, required: true,
            "Host of the next hop, as the URI that leads to it names it. Nobody else is shown the credentials."),
        ConfigurationKey("realm", \.realm, .text, required: true, "The only realm that they are for."),
        ConfigurationKey("username", \.username, .text, required: true, "Name of the server there."),
        ConfigurationKey(
            "password", \.password, ValueType<SecretReference>.secret.optional, required: true,
            "env:NAME or file:PATH, never the secret itself."),
    ]

    static let user: [ConfigurationKey<UserDefinition>] = [
        ConfigurationKey(
            "password", \.password, ValueType<SecretReference>.secret.optional, required: true,
            "env:NAME or file:PATH, never the secret itself.")
    ]

    static let fallback: [ConfigurationKey<FallbackDefinition>] = [
        ConfigurationKey(
            "uri",
            \.uri,
            ValueType<String>.sipURI.optional,
            "The legacy PBX; with reject and resume only for calls that lose their engine later."
        ),
        ConfigurationKey(
            "mode",
            \.mode,
            .choice(),
            "route: carry the INVITE there; proxy: forward it there and leave the call; reject: answer 503, so that the S-CSCF's default handling acts; resume: hand "
                + "the INVITE back to the S-CSCF, so that the next criterion acts."
        ),
        ConfigurationKey(
            "alternatives", \.alternatives, ValueType<String>.sipURI.list,
            "With proxy: further URIs to forward to."),
        ConfigurationKey(
            "forking", \.forking, .choice(),
            "With proxy: serial calls the uri and the alternatives one after another, parallel all together."),
        ConfigurationKey(
            "rescue.next", \.rescue.next, ValueType<RescueSettings.Target>.rescueTarget.list,
            "SIP URIs that are called one after another after uri, when the engine is lost in mid-call."),
        ConfigurationKey(
            "rescue.ringTime", \.rescue.ringTime, ValueType<Duration>.duration.optional, unit: durationUnit,
            "How long each of them may ring, and uri; without it as in other transfers."),
        ConfigurationKey(
            "rescue.announcement", \.rescue.announcement, ValueType<String>.text.optional,
            "WAV file that a caller hears whom none of them takes, before the call is ended."),
        ConfigurationKey(
            "engineTimeout",
            \.engineTimeout,
            .duration,
            unit: durationUnit,
            "From the INVITE until the engine has to be there; at most 1900ms."
        ),
    ]
}
