import ApplicationServer
import Logging
import Media
import MediaTransport
import NIOCore
import SDP
import SIP
import SIPTransport

/// A telephone for scripts: places calls, and answers them if told so, on the server's own SIP and media code.
public final class Softphone: SIPStackHandler {
    public struct Configuration: Sendable {
        /// Literal address for SIP and RTP.
        public var address: String
        /// 0 lets the kernel choose.
        public var port: UInt16
        public var transport: TransportKind
        public var mediaPorts: ClosedRange<UInt16>
        /// Preferred first.
        public var codecs: [PayloadFormat]
        /// Whether its media is encrypted.
        public var protection: CallProtection
        /// Who may call it; everybody, as it is a telephone.
        public var policy: PeerPolicy
        /// What it does with calls that come in.
        public var answering: AnsweringPlan?

        public init(
            address: String = "127.0.0.1",
            port: UInt16 = 0,
            transport: TransportKind = .udp,
            mediaPorts: ClosedRange<UInt16> = 18_000...19_999,
            codecs: [PayloadFormat] = [.pcma, .pcmu],
            protection: CallProtection = CallProtection(),
            policy: PeerPolicy = PeerPolicy(
                trusted: [], allowUntrusted: true, trustDomain: IPNetwork.everywhere),
            answering: AnsweringPlan? = nil
        ) {
            self.address = address
            self.port = port
            self.transport = transport
            self.mediaPorts = mediaPorts
            self.codecs = codecs
            self.protection = protection
            self.policy = policy
            self.answering = answering
        }
    }

    /// How a call that comes in is taken.
    public struct AnsweringPlan: Sendable {
        /// Played after the answer.
        public var greeting: String?
        public var recordReceived: String?
        /// Told of each answered call: Call-ID and the INVITE.
        public var onAnswer: @Sendable (SIPRequest) async -> Void

        public init(
            greeting: String? = nil,
            recordReceived: String? = nil,
            onAnswer: @escaping @Sendable (SIPRequest) async -> Void = { _ in }
        ) {
            self.greeting = greeting
            self.recordReceived = recordReceived
            self.onAnswer = onAnswer
        }
    }

    public let configuration: Configuration
    let stack: SIPStack
    let media: InProcessMediaPlane
    private let incoming: AsyncStream<(SIPLeg, SIPRequest)>
    private let incomingContinuation: AsyncStream<(SIPLeg, SIPRequest)>.Continuation

    public init(configuration: Configuration, group: any EventLoopGroup, logger: Logger) throws {
        self.configuration = configuration
        let listener = SIPListener(
            transport: configuration.transport,
            host: configuration.address,
            port: configuration.port
        )
        var settings = SIPStackConfiguration(
            listeners: [listener],
            policy: configuration.policy,
            product: "Sidetone softphone"
        )
        // Who is busy with a few calls at once is no server under overload.
        settings.overload = .unlimited
        stack = SIPStack(configuration: settings, eventLoop: group.next(), logger: logger)
        // What it hears may be a tone.
        var leg = LegConfiguration()
        leg.speech = .level
        media = try InProcessMediaPlane(
            configuration: MediaPlaneConfiguration(
                address: configuration.address, ports: configuration.mediaPorts, leg: leg),
            eventLoopGroup: group,
            logger: logger
        )
        (incoming, incomingContinuation) = AsyncStream.makeStream()
    }

    /// Opens the socket; calls are taken by ``answerCalls()``.
    public func start() async throws { try await stack.start(handler: self) }

    public func stop() async {
        incomingContinuation.finish()
        await stack.stop()
        await media.shutdown()
    }

    /// Where it is reached.
    public var localAddress: SIP.HostPort? {
        get async { await stack.localAddress(configuration.transport) }
    }

    /// Media ports in use now.
    public var leasedPorts: Int {
        get async { await media.status().leasedPairs }
    }

    /// Sends a request outside any dialog, such as REGISTER or OPTIONS, and waits for its final response. Via, From
    /// tag, Call-ID, CSeq and Max-Forwards are added.
    public func request(_ template: SIPRequest, to hop: Hop) async throws -> SIPResponse {
        var request = template
        var random = SystemRandomNumberGenerator()
        if let from = request.headers.first(.from), !from.contains(";tag=") {
            request.headers.set(.from, from + ";tag=" + String(random.next(), radix: 16))
        }
        request.headers.set(.maxForwards, "70")
        request.headers.set(.callID, String(random.next(), radix: 16) + String(random.next(), radix: 16))
        request.headers.set(.cSeq, "1 \(request.method)")
        return try await stack.request(request, to: hop)
    }

    /// The Contact value under which calls reach it.
    public var contact: String {
        get async { await stack.contact(configuration.transport) }
    }

    // MARK: Incoming

    public func stack(_ stack: SIPStack, didReceiveInvite leg: SIPLeg, request: SIPRequest, source: SIPSource) {
        incomingContinuation.yield((leg, request))
    }

    public func stack(
        _ stack: SIPStack,
        didReceive request: SIPRequest,
        _ transaction: ServerTransactionID,
        source: SIPSource
    ) {
        let status: StatusCode = request.method == .options ? .ok : .notImplemented
        stack.assumeIsolated { _ = $0.respond(transaction, status) }
    }

    /// Takes calls until ``stop()``: answers them by the plan, or with 486 if there is none. Without this running,
    /// callers hear nothing but 100 (Trying).
    public func answerCalls() async {
        await withDiscardingTaskGroup { group in
            for await (leg, request) in incoming {
                group.addTask { await self.answer(leg, request) }
            }
        }
    }

    private func answer(_ leg: SIPLeg, _ request: SIPRequest) async {
        guard let plan = configuration.answering else {
            await leg.respond(.busyHere)
            return
        }
        await leg.respond(.ringing)
        let call = SoftphoneCall(phone: self, leg: leg, session: MediaSessionID(request.headers.first(.callID) ?? ""))
        do {
            try await call.accept(request.body, record: plan.recordReceived)
        } catch {
            await leg.respond(.notAcceptableHere)
            await call.release()
            return
        }
        await plan.onAnswer(request)
        if let greeting = plan.greeting { try? await media.play(file: greeting, on: call.session) }
        await call.followUntilEnd()
        await call.release()
    }
}
