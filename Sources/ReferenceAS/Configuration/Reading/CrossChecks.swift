import ApplicationServer
import SDP
import Workflows

/// What no key can know alone: whether names lead somewhere, whether values go together.
struct CrossChecks {
    let configuration: ASConfiguration
    private let tree: ConfigurationNode
    private let environment: [String: String]
    var errors: [ConfigurationError] = []
    var warnings: [String] = []

    init(_ configuration: ASConfiguration, tree: ConfigurationNode, environment: [String: String]) {
        self.configuration = configuration
        self.tree = tree
        self.environment = environment
    }

    mutating func run() {
        checkSIP()
        checkMedia()
        checkEngines()
        checkServices()
        checkFallbacks()
        checkWorkflows()
        checkSpeech()
        checkAdmin()
        checkAuthentication()
    }

    private mutating func checkSIP() {
        if configuration.sip.listen.isEmpty { add("sip.listen", "must name at least one address") }
        for (index, address) in configuration.sip.listen.enumerated()
        where configuration.sip.listen[..<index].contains(address) {
            add("sip.listen", "names \(address) twice")
        }
        for address in configuration.sip.listen where IPAddress(address.host)?.isUnspecified == true {
            add("sip.listen", "\(address) goes into Via and Contact: name the address that peers reach this host at")
        }
        checkTLS()
        if let server = configuration.sip.hep.server, IPAddress(server.host) == nil {
            add("sip.hep.server", "\(server.host) is a name: an address is needed")
        }
        for server in configuration.sip.dns.servers where IPAddress(server.host) == nil {
            add("sip.dns.servers", "\(server.host) is a name: an address is needed")
        }
        if let interval = configuration.sip.keepAlive, interval < .seconds(1) || interval > .seconds(3_600) {
            add("sip.keepAlive", "must be from 1s to 3600s")
        }
        if configuration.sip.dns.timeout < .milliseconds(100) || configuration.sip.dns.timeout > .seconds(30) {
            add("sip.dns.timeout", "must be from 100ms to 30s")
        }
        let pause = configuration.limits.engineHealth.pause
        if pause < .milliseconds(100) || pause > .seconds(3_600) {
            add("limits.enginePause", "must be from 100ms to 1h")
        }
        if configuration.sip.overload.latency < .milliseconds(1) || configuration.sip.overload.latency > .seconds(1) {
            add("sip.overload.latency", "must be from 1ms to 1s")
        }
        for (name, value) in [
            ("t1", configuration.sip.timers.t1), ("t2", configuration.sip.timers.t2),
            ("t4", configuration.sip.timers.t4),
        ] where value < .milliseconds(1) || value > .seconds(60) {
            add("sip.timers.\(name)", "must be from 1ms to 60s")
        }
        if configuration.sip.timers.t2 < configuration.sip.timers.t1 {
            add("sip.timers.t2", "must not be shorter than sip.timers.t1")
        }
        if configuration.sip.trustedPeers.isEmpty, !configuration.sip.allowUntrusted {
            add("sip.trustedPeers", "names nobody: no call could come; name peers, or set sip.allowUntrusted")
        }
    }

    private mutating func checkTLS() {
        let tls = configuration.sip.tls
        let files = [("certificate", tls.certificate), ("key", tls.key), ("trustRoots", tls.trustRoots)]
        let listens = configuration.sip.listen.contains { $0.transport == .tls }
        let isWanted = listens || files.contains { $0.1 != nil }
        for (name, file) in files where isWanted && file == nil {
            add("sip.tls.\(name)", "is missing: TLS needs certificate, key and trustRoots")
        }
        if listens, tls.peers.isEmpty {
            add("sip.tls.peers", "names nobody: no peer could connect to the tls:// address of sip.listen")
        }
    }

    private mutating func checkMedia() {
        let codecs = configuration.media.codecs
        let usable = configuration.media.usableCodecs
        if usable.isEmpty {
            let built = ASConfiguration.MediaSettings.builtCodecs.sorted().joined(separator: ", ")
            add("media.codecs", "names none of the codecs of this build: \(built)")
        } else if written("media.codecs") != nil, usable != codecs {
            let missing = codecs.filter { !usable.contains($0) }
            warnings.append(
                "\(place("media.codecs")): this build lacks \(missing.joined(separator: ", ")): passed over")
        }
        if Set(codecs).count != codecs.count { add("media.codecs", "names a codec twice") }
        if let other = configuration.media.otherAddress,
            other.contains(":") == configuration.media.address.contains(":")
        {
            add("media.otherAddress", "is of the same IP version as media.address")
        }
        checkProtection()
        let pairs = configuration.media.ports.pairs
        if pairs < configuration.limits.maxCalls {
            let maximum = configuration.limits.maxCalls
            warnings.append("\(place("media.ports")): \(pairs) pairs of ports, but limits.maxCalls is \(maximum)")
        }
    }

    private mutating func checkProtection() {
        let agreements = configuration.media.keyAgreement
        if Set(agreements).count != agreements.count { add("media.keyAgreement", "names a way twice") }
        let policy = configuration.media.srtp
        if policy != .off, agreements.isEmpty {
            add("media.keyAgreement", "must name at least one way, or media.srtp be off")
        }
        guard policy.offersProtection, agreements.first == .descriptions else { return }
        let open = configuration.sip.listen.first { address in
            address.transport != .tls && IPAddress(address.host)?.isLoopback != true
        }
        if let open {
            warnings.append("\(place("media.keyAgreement")): keys cross the network readable in SIP over \(open)")
        }
    }

    private mutating func checkEngines() {
        for (index, engine) in configuration.engines.enumerated() where !engine.name.isEmpty {
            if configuration.engines[..<index].contains(where: { $0.name == engine.name }) {
                add("engines", at: index, "name", "another engine is named \(engine.name)")
            }
            let known = engine.dialect.optionNames
            for name in engine.options.keys.sorted() where !known.contains(name) {
                let others = known.isEmpty ? "it has none" : "it has \(known.sorted().joined(separator: ", "))"
                add("engines", at: index, "options", "\(name) is no option of \(engine.dialect.rawValue): \(others)")
            }
            guard let reference = engine.apiKey else { continue }
            check(reference, "engines[\(index)].apiKey", origin("engines", at: index, "apiKey"))
            let isLocal = ["ws://127.", "ws://localhost", "ws://[::1]"].contains { engine.url.hasPrefix($0) }
            if engine.url.hasPrefix("ws://"), !isLocal {
                let origin = origin("engines", at: index, "url")
                warnings.append("\(origin): engines[\(index)].url: the API key would cross the network unencrypted")
            }
        }
    }

    private mutating func checkWorkflows() {
        let allowed = configuration.http.allow + configuration.http.allowPrivate
        for (name, definition) in configuration.workflows.sorted(by: { $0.key < $1.key }) {
            let path = "workflows.\(name)"
            if ["hang_up", "transfer"].contains(name) { add(path, "is a function that every engine has already") }
            if definition.timeout < .milliseconds(10) || definition.timeout > .seconds(60) {
                add("\(path).timeout", "must be from 10ms to 60s")
            }
            do throws(WorkflowError) {
                let origin = try definition.value(named: name).url.origin
                if !allowed.contains(origin) {
                    add("\(path).url", "\(origin) is in neither http.allow nor http.allowPrivate")
                }
            } catch {
                add(path, "\(error)")
            }
            if let token = definition.token { check(token, "\(path).token", origin("\(path).token")) }
            for (header, secret) in definition.secretHeaders.sorted(by: { $0.key < $1.key }) {
                check(secret, "\(path).secretHeaders.\(header)", origin("\(path).secretHeaders"))
            }
        }
    }

    private mutating func checkSpeech() {
        if let url = configuration.speech.url { checkReach(of: url, "speech.url", origin("speech.url")) }
        if let token = configuration.speech.token { check(token, "speech.token", origin("speech.token")) }
    }

    /// Whether a URL of the configuration may be asked for, and who could read along.
    mutating func checkReach(of url: WebURL, _ key: String, _ origin: ConfigurationOrigin) {
        if !(configuration.http.allow + configuration.http.allowPrivate).contains(url.origin) {
            let message = "\(url.origin) is in neither http.allow nor http.allowPrivate"
            errors.append(ConfigurationError(origin: origin, key: key, message: message))
        }
        let isLocal = IPAddress(url.origin.host)?.isLoopback == true || url.origin.host == "localhost"
        if url.origin.scheme == .http, !isLocal {
            warnings.append("\(origin): \(key): what is sent there crosses the network unencrypted")
        }
    }

    private mutating func checkFallbacks() {
        for (name, fallback) in configuration.fallback.sorted(by: { $0.key < $1.key }) {
            if fallback.mode == .route || fallback.mode == .proxy, fallback.uri == nil {
                add(
                    "fallback.\(name).uri",
                    "mode \(fallback.mode.rawValue) needs to know where to: the SIP URI of the PBX")
            }
            if fallback.mode != .proxy, !fallback.alternatives.isEmpty {
                add("fallback.\(name).alternatives", "only mode proxy forwards to more than one")
            }
            let longest = FallbackDefinition.longestEngineTimeout
            if fallback.engineTimeout > longest || fallback.engineTimeout < .milliseconds(1) {
                add(
                    "fallback.\(name).engineTimeout",
                    "must be from 1ms to \(longest.configurationText): an S-CSCF gives up after 2s"
                )
            }
        }
    }

    private mutating func checkAuthentication() {
        for (name, account) in configuration.accounts.sorted(by: { $0.key < $1.key }) {
            guard let password = account.password else { continue }
            check(password, "accounts.\(name).password", origin("accounts.\(name).password"))
        }
        for (name, user) in configuration.users.sorted(by: { $0.key < $1.key }) {
            guard let password = user.password else { continue }
            check(password, "users.\(name).password", origin("users.\(name).password"))
        }
        let settings = configuration.sip.authentication
        if settings.realm != nil {
            if configuration.users.isEmpty {
                add("sip.authentication.realm", "there are no users who could authenticate")
            }
            if settings.networks.isEmpty { add("sip.authentication.networks", "names nobody who could authenticate") }
            if settings.algorithms.isEmpty { add("sip.authentication.algorithms", "must name at least one") }
            if configuration.sip.allowUntrusted {
                warnings.append(
                    "\(place("sip.allowUntrusted")): beyond sip.authentication.networks nobody is asked who it is")
            }
        } else if !configuration.users.isEmpty {
            add("users", "are for a realm: set sip.authentication.realm")
        }
    }

    private mutating func checkAdmin() {
        if let token = configuration.admin.readToken { check(token, "admin.readToken", origin("admin.readToken")) }
        if configuration.outbound.servingCSCF != nil, configuration.outbound.servedUser == nil {
            add("outbound.servedUser", "is missing: outbound.servingCSCF needs it")
        }
        if let token = configuration.admin.token {
            check(token, "admin.token", origin("admin.token"))
        } else if IPAddress(configuration.admin.listen.host)?.isLoopback != true,
            configuration.admin.listen.host != "localhost"
        {
            warnings.append("\(place("admin.listen")): others can reach it: set admin.token")
        }
    }

    /// A variable may be set where the server runs though it is not here; a file has to be right.
    mutating func check(_ reference: SecretReference, _ key: String, _ origin: ConfigurationOrigin) {
        do throws(SecretReference.Fault) {
            _ = try reference.resolve(environment: environment)
        } catch {
            switch error {
            case .unset: warnings.append("\(origin): \(key): \(error)")
            default: errors.append(ConfigurationError(origin: origin, key: key, message: "\(error)"))
            }
        }
    }

    func hint(_ name: String, _ candidates: [String]) -> String {
        Spelling.nearest(to: name, in: candidates).map { "; did you mean \($0)?" } ?? ""
    }

    // MARK: Places

    private func written(_ key: String) -> ConfigurationNode? {
        tree.value(at: key.split(separator: ".").map(String.init)).flatMap { $0.content == .null ? nil : $0 }
    }

    private func origin(_ key: String) -> ConfigurationOrigin {
        written(key)?.origin ?? .defaults
    }

    private func place(_ key: String) -> String { "\(origin(key)): \(key)" }

    func origin(_ list: String, at index: Int, _ key: String) -> ConfigurationOrigin {
        guard case .list(let elements) = tree[list]?.content, elements.indices.contains(index) else { return .defaults }
        return elements[index].value(at: key.split(separator: ".").map(String.init))?.origin ?? elements[index].origin
    }

    private mutating func add(_ key: String, _ message: String) {
        errors.append(ConfigurationError(origin: origin(key), key: key, message: message))
    }

    mutating func add(_ list: String, at index: Int, _ key: String, _ message: String) {
        let error = ConfigurationError(
            origin: origin(list, at: index, key),
            key: "\(list)[\(index)].\(key)",
            message: message
        )
        errors.append(error)
    }
}
