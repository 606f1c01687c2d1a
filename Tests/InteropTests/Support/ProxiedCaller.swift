import ApplicationServer
import Media
import MediaTransport
import NIOPosix
import SDP
import SIP
import SIPTransport
import Testing

/// A caller whose media goes through an rtpengine that transcodes it.
final class ProxiedCaller: SIPStackHandler {
    private let address: String
    private let engine: RTPEngine
    private let stack: SIPStack
    private let media: InProcessMediaPlane
    private let session = MediaSessionID("caller")

    /// - Parameter address: For its SIP and its media.
    init(at address: String, through engine: RTPEngine) throws {
        self.address = address
        self.engine = engine
        let listener = SIPListener(transport: .udp, host: address, port: UInt16(Addresses.sipPort))
        stack = SIPStack(
            configuration: SIPStackConfiguration(listeners: [listener], policy: PeerPolicy(trusted: [.loopback])),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: TestSystem.logger
        )
        media = try InProcessMediaPlane(
            configuration: MediaPlaneConfiguration(address: address, ports: 18_000...18_099),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: TestSystem.logger
        )
    }

    /// Calls `server`, plays `plays` to it and records what it says into `records`; hangs up after `body`.
    ///
    /// - Parameters:
    ///   - own: The caller's only codec.
    ///   - theirs: What the server is offered instead.
    func call(
        _ server: String,
        own: String,
        theirs: String,
        plays: String,
        records: String,
        _ body: () async throws -> Void
    ) async throws {
        try await stack.start(handler: self)
        let result: Result<Void, any Error>
        do {
            _ = await media.open(session)
            var audio = CallAudio(
                address: try await media.allocateLeg(session),
                codecs: PayloadFormat.formats(named: own)
            )
            let offer = try await engine.offer(
                audio.localDescription(), call: address, strip: own, transcode: theirs)
            let leg = await stack.invite(
                invite(server, offer),
                to: Hop(transport: .udp, host: server, port: UInt16(Addresses.sipPort))
            )
            let answer = try #require(await answer(of: leg))
            await leg.acknowledge()
            try audio.accept(try await engine.answer(answer, call: address))
            try await media.record(session, received: records, sent: nil)
            try await media.setRemote(session, to: try #require(audio.negotiated))
            try await media.play(file: plays, on: session)
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
            await leg.hangUp()
            result = outcome
        } catch {
            result = .failure(error)
        }
        await media.shutdown()
        await stack.stop()
        try result.get()
    }

    private func answer(of leg: SIPLeg) async -> [UInt8]? {
        for await event in leg.events {
            switch event {
            case .answered(let response): return response.body
            case .provisional: continue
            default: return nil
            }
        }
        return nil
    }

    private func invite(_ server: String, _ offer: [UInt8]) -> SIPRequest {
        var request = SIPRequest(method: .invite, requestURI: "sip:bob@\(server)")
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:alice@\(address)>")
        request.headers.append(.to, "<sip:bob@\(server)>")
        request.headers.append(.contentType, "application/sdp")
        request.body = offer
        return request
    }

    // Nobody calls it.
    func stack(_ stack: SIPStack, didReceiveInvite leg: SIPLeg, request: SIPRequest, source: SIPSource) {}
    func stack(
        _ stack: SIPStack,
        didReceive request: SIPRequest,
        _ transaction: ServerTransactionID,
        source: SIPSource
    ) {}
}
