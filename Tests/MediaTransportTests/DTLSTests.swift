import Media
import RTP
import SDP
import Testing
import Timing

@testable import MediaTransport

@Suite("DTLS-SRTP handshakes (RFC 5764)")
struct DTLSAssociationTests {
    /// Two associations and the network between them.
    private struct Pair {
        let client: DTLSAssociation
        let server: DTLSAssociation

        /// - Parameters:
        ///   - expectedByClient: The certificate that the client is told of; that of the server if not given.
        init(expectedByClient: CertificateFingerprint? = nil, expectedByServer: CertificateFingerprint? = nil) throws {
            let ours = try #require(DTLSIdentity())
            let theirs = try #require(DTLSIdentity())
            let peer = PortPoolTests.loopback.with(port: 9)
            client = try #require(
                DTLSAssociation(
                    ours, DTLSAgreement(role: .active, fingerprints: [expectedByClient ?? theirs.fingerprint]),
                    with: peer, at: .zero))
            server = try #require(
                DTLSAssociation(
                    theirs, DTLSAgreement(role: .passive, fingerprints: [expectedByServer ?? ours.fingerprint]),
                    with: peer, at: .zero))
        }

        /// Carries datagrams until none is left.
        ///
        /// - Parameter deliver: What arrives of a datagram.
        /// - Returns: How many there were.
        @discardableResult
        func run(_ deliver: ([UInt8]) -> [[UInt8]] = { [$0] }) -> Int {
            client.advance(at: .zero)
            var carried = 0
            while true {
                let toServer = Self.datagrams(of: client)
                for datagram in toServer.flatMap(deliver) { server.receive(datagram.span) }
                let toClient = Self.datagrams(of: server)
                for datagram in toClient.flatMap(deliver) { client.receive(datagram.span) }
                if toServer.isEmpty, toClient.isEmpty { return carried }
                carried += toServer.count + toClient.count
            }
        }

        static func datagrams(of association: DTLSAssociation) -> [[UInt8]] {
            var found: [[UInt8]] = []
            association.takeDatagrams { datagram in
                found.append(datagram.withUnsafeBufferPointer { Array($0) })
            }
            return found
        }
    }

    private static func keys(_ association: DTLSAssociation) throws -> AgreedKeys {
        guard case .established(let keys) = association.state else {
            throw MediaPlaneError.protection("\(association.state)")
        }
        return keys
    }

    @Test("Both ends come to the same keys, each for its direction, of the first profile of ours")
    func handshake() throws {
        let pair = try Pair()
        pair.run { datagram in
            #expect(datagram.count <= 1_232)
            let isDTLS = DTLSAssociation.isDTLS(datagram.span)
            #expect(isDTLS)
            return [datagram]
        }
        let client = try Self.keys(pair.client)
        let server = try Self.keys(pair.server)
        #expect(client.local == server.remote)
        #expect(client.remote == server.local)
        #expect(client.local != client.remote)
        #expect(client.local.keyAndSalt.suffix(12) != client.remote.keyAndSalt.suffix(12))
        #expect(client.local.suite == .aeadAES128GCM)
        let other = try Pair()
        other.run()
        #expect(try Self.keys(other.client) != client)
    }

    @Test("Doubled and foreign datagrams do not keep it from ending")
    func noise() throws {
        let pair = try Pair()
        let foreign: [[UInt8]] = [[], [22], [22, 0xFE, 0xFD, 0, 0], Array(repeating: 22, count: 1_500)]
        pair.run { datagram in
            var changed = datagram
            changed[datagram.count - 1] ^= 0xFF
            return foreign + [datagram, datagram, Array(datagram.prefix(9))]
        }
        #expect(try Self.keys(pair.client).local == Self.keys(pair.server).remote)
        // Nor do they undo what was agreed.
        for datagram in foreign { pair.client.receive(datagram.span) }
        #expect(try Self.keys(pair.client).local == Self.keys(pair.server).remote)
    }

    @Test("Another certificate than the description names: no keys")
    func fingerprint() throws {
        let stranger = try #require(DTLSIdentity()).fingerprint
        let deceived = try Pair(expectedByClient: stranger)
        deceived.run()
        #expect(deceived.client.state == .failed(.fingerprint))
        let refused = try Pair(expectedByServer: stranger)
        refused.run()
        #expect(refused.server.state == .failed(.fingerprint))
    }

    @Test("A handshake without an answer ends in time")
    func timeout() throws {
        let pair = try Pair()
        pair.client.advance(at: .zero)
        #expect(Pair.datagrams(of: pair.client).count == 1)
        pair.client.advance(at: .zero + DTLSAssociation.timeLimit + .milliseconds(-1))
        #expect(pair.client.state == .handshaking)
        pair.client.advance(at: .zero + DTLSAssociation.timeLimit)
        #expect(pair.client.state == .failed(.timeout))
    }

    @Test("DTLS is told from RTP, RTCP and STUN by its first octet (RFC 7983)")
    func firstOctet() {
        for octet in UInt8.min...UInt8.max {
            let datagram = [octet, 0, 0]
            let isDTLS = DTLSAssociation.isDTLS(datagram.span)
            #expect(isDTLS == (20...63).contains(octet))
        }
        let nothing: [UInt8] = []
        let isDTLS = DTLSAssociation.isDTLS(nothing.span)
        #expect(!isDTLS)
    }
}

@Suite("Media planes that encrypt", .timeLimit(.minutes(1)))
struct SecurePlaneTests {
    private static func keys(_ suite: CryptoSuite, mirrored: Bool) throws -> MediaProtection {
        let first = try #require(MediaKey(suite, keyAndSalt: Array(repeating: 1, count: suite.keyAndSaltLength)))
        let second = try #require(MediaKey(suite, keyAndSalt: Array(repeating: 2, count: suite.keyAndSaltLength)))
        return .keys(mirrored ? AgreedKeys(local: second, remote: first) : AgreedKeys(local: first, remote: second))
    }

    /// Lets the near side send digits, and waits for them at the far one.
    private static func sendDigits(_ rig: PlaneRig) async throws -> String {
        try await rig.near.sendDigits("5#", on: rig.session)
        var digits = ""
        for await notice in rig.farEvents {
            if case .digit(let digit) = notice.event { digits.append(digit) }
            if digits.count == 2 { break }
        }
        return digits
    }

    @Test("With keys of the descriptions", arguments: zip(CryptoSuite.allCases, [22_200, 22_220, 22_240, 22_260]))
    func descriptions(suite: CryptoSuite, port: UInt16) async throws {
        let rig = try await PlaneRig(ports: port...port + 19)
        var near = PlaneRig.audio(rig.farAddress)
        near.protection = try Self.keys(suite, mirrored: false)
        var far = PlaneRig.audio(rig.nearAddress)
        far.protection = try Self.keys(suite, mirrored: true)
        try await rig.near.setRemote(rig.session, to: near)
        try await rig.far.setRemote(rig.session, to: far)
        #expect(try await Self.sendDigits(rig) == "5#")
        #expect(await rig.far.counters().legs.droppedUnauthentic == 0)
        await rig.near.release(rig.session)
        await rig.far.release(rig.session)
    }

    @Test("By a handshake that others try to disturb", arguments: [false, true], [false, true])
    func handshake(sharesPort: Bool, isNearClient: Bool) async throws {
        let port: UInt16 = 22_300 + (sharesPort ? 40 : 0) + (isNearClient ? 20 : 0)
        let rig = try await PlaneRig(ports: port...port + 19)
        let fingerprints = try (
            near: #require(rig.nearAddress.fingerprint), far: #require(rig.farAddress.fingerprint)
        )
        var near = PlaneRig.audio(rig.farAddress)
        near.protection = .dtls(
            DTLSAgreement(role: isNearClient ? .active : .passive, fingerprints: [fingerprints.far]))
        near.sharesPort = sharesPort
        var far = PlaneRig.audio(rig.nearAddress)
        far.protection = .dtls(
            DTLSAgreement(role: isNearClient ? .passive : .active, fingerprints: [fingerprints.near]))
        far.sharesPort = sharesPort
        // Somebody else begins first, from an endpoint that no description names.
        let stranger = try await PlaneRig(ports: port + 200...port + 219)
        for address in [rig.nearAddress, rig.farAddress] {
            var audio = PlaneRig.audio(address)
            audio.protection = .dtls(DTLSAgreement(role: .active, fingerprints: [fingerprints.near]))
            try await stranger.near.setRemote(stranger.session, to: audio)
        }
        try await rig.near.setRemote(rig.session, to: near)
        try await rig.far.setRemote(rig.session, to: far)
        #expect(try await Self.sendDigits(rig) == "5#")
        #expect(await rig.near.counters().handshakesCompleted == 1)
        #expect(await rig.far.counters().handshakesCompleted == 1)
        // The same again, as after hold: no other handshake.
        near.direction = .sendOnly
        try await rig.near.setRemote(rig.session, to: near)
        #expect(try await Self.sendDigits(rig) == "5#")
        #expect(await rig.near.counters().handshakesCompleted == 1)
        for plane in [rig.near, rig.far, stranger.near, stranger.far] { await plane.shutdown() }
        #expect(await rig.near.counters().handshakesFailed == 0)
    }

    @Test("With another certificate than described nothing is heard, and that is told")
    func wrongCertificate() async throws {
        let rig = try await PlaneRig(ports: 22_400...22_419)
        let (ours, theirs) = try (#require(rig.nearAddress.fingerprint), #require(rig.farAddress.fingerprint))
        var near = PlaneRig.audio(rig.farAddress)
        // Its own: that is not the certificate which the other end shows.
        near.protection = .dtls(DTLSAgreement(role: .active, fingerprints: [ours]))
        var far = PlaneRig.audio(rig.nearAddress)
        far.protection = .dtls(DTLSAgreement(role: .passive, fingerprints: [ours]))
        #expect(ours != theirs)
        try await rig.far.setRemote(rig.session, to: far)
        try await rig.near.setRemote(rig.session, to: near)
        var counters = await rig.near.counters()
        while counters.handshakesFailed + counters.handshakesCompleted == 0 { counters = await rig.near.counters() }
        #expect(counters.handshakesFailed == 1)
        #expect(await rig.near.counters().legs.packetsSent == 0)
        var first = rig.nearEvents.makeAsyncIterator()
        #expect(await first.next()?.event == .keyAgreementFailed("\(DTLSAssociation.Failure.fingerprint)"))
        await rig.near.shutdown()
        await rig.far.shutdown()
    }
}
