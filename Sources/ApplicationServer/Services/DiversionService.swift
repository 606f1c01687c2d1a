import IMS
import SIP
import Synchronization

/// Communication diversion (TS 24.604): calls the served user, and somebody else instead at once or when the user does
/// not take the call. Signalling only.
public struct DiversionService: CallService {
    public struct Configuration: Sendable, Hashable {
        /// Names of ``OnwardSettings/targets``, or what its policy allows beside.
        public var targets: [CommunicationDiversion.Condition: String]
        /// How long the served user's telephone may ring when no reply diverts the call.
        public var ringTime: Duration
        /// SIP URI of the PBX that has the served user; `nil`: back to the S-CSCF by the original dialog identifier.
        public var servedBy: String?
        /// Diversions that a call may have seen, with this one.
        public var limit: Int
        /// Whether the caller is told by 181.
        public var notifiesCaller: Bool
        /// Whether Diversion is written beside History-Info.
        public var writesDiversion: Bool
        public var onward: OnwardSettings

        public init(
            targets: [CommunicationDiversion.Condition: String],
            ringTime: Duration = .seconds(20),
            servedBy: String? = nil,
            limit: Int = 5,
            notifiesCaller: Bool = true,
            writesDiversion: Bool = false,
            onward: OnwardSettings = OnwardSettings()
        ) {
            self.targets = targets
            self.ringTime = ringTime
            self.servedBy = servedBy
            self.limit = limit
            self.notifiesCaller = notifiesCaller
            self.writesDiversion = writesDiversion
            self.onward = onward
        }
    }

    public let configuration: Configuration
    private let onward: OnwardCalls
    public var runsOnEventLoop: Bool { true }

    public init(_ configuration: Configuration) {
        self.configuration = configuration
        onward = OnwardCalls(configuration.onward)
    }

    public func handle(_ call: consuming IncomingCall) async throws {
        let core = call.call
        guard let isRegistered = Self.isRegistered(core.request) else {
            // A call of the served user's, or one that was diverted already.
            call.call.markDecided()
            return await core.route(servedUser(ringTime: nil))
        }
        let diversion = CommunicationDiversion(
            targets: configuration.targets.mapValues { configuration.onward.targets[$0] ?? $0 },
            limit: configuration.limit, after: core.request.request.headers)
        switch diversion.begin(isRegistered: isRegistered) {
        case .divert(_, let condition):
            guard let (step, place) = await step(for: condition, of: core) else {
                return await call.reject(.temporarilyUnavailable)
            }
            call.call.markDecided()
            await core.route(step)
            place.giveBack()
        case .refuse(let status, let obstacle):
            await call.note("not-diverted", obstacle.rawValue)
            await call.reject(status)
        case .callServedUser(let hasTimer):
            call.call.markDecided()
            await follow(core, diversion, hasTimer: hasTimer)
        case .passOn:
            await call.reject(.temporarilyUnavailable)
        }
    }

    /// Calls the served user, and once somebody else.
    private func follow(_ call: CallCore, _ diversion: CommunicationDiversion, hasTimer: Bool) async {
        let place = PlaceHolder()
        await call.route(servedUser(ringTime: hasTimer ? configuration.ringTime : nil)) { failure in
            // Who was diverted to is not asked for another: that is for its own services.
            guard !place.isTaken else { return nil }
            switch diversion.failed(failure.kind) {
            case .divert(_, let condition):
                guard let (step, taken) = await self.step(for: condition, of: call) else { return nil }
                place.take(taken)
                return step
            case .passOn(let obstacle?), .refuse(_, let obstacle):
                await call.note("not-diverted", obstacle.rawValue)
                return nil
            case .passOn(nil), .callServedUser:
                return nil
            }
        }
        place.giveBack()
    }

    private func servedUser(ringTime: Duration?) -> RouteStep {
        RouteStep(
            configuration.servedBy.map { .direct($0) } ?? .servingCSCF(requestURI: nil), ringTime: ringTime)
    }

    /// The way to the target of a condition, if the policy allows it.
    private func step(
        for condition: CommunicationDiversion.Condition, of call: CallCore
    ) async -> (RouteStep, CallPlace)? {
        guard let target = configuration.targets[condition], let admission = await onward.admit(target, for: call)
        else { return nil }
        await call.note("diverted", "\(condition.rawValue) to \(admission.uri)")
        let handOver = HandOver(
            call.request, callID: call.callID, service: await call.record.service,
            reason: "diverted-\(condition.rawValue)")
        let isInChain = configuration.servedBy == nil && call.request.originalDialogIdentifier != nil
        var step = RouteStep(
            isInChain ? .servingCSCF(requestURI: admission.uri) : .direct(admission.uri),
            handOver: call.server.keep(handOver, as: configuration.onward.handOver))
        if configuration.notifiesCaller { step.notice = .callIsBeingForwarded }
        let servedUser = call.request.request.requestURI
        let writesDiversion = configuration.writesDiversion
        step.change = { invite in
            CommunicationDiversion.note(
                condition, from: servedUser, to: admission.uri, writesDiversion: writesDiversion, in: &invite.headers)
        }
        return (step, admission.place)
    }

    /// `nil` for a call that is not to the served user.
    private static func isRegistered(_ request: ISCRequest) -> Bool? {
        switch request.servedUser?.sessionCase {
        case .terminatingRegistered, nil: true
        case .terminatingUnregistered: false
        case .originating, .originatingUnregistered, .originatingCDIV: nil
        }
    }
}

/// The place of a call that may be taken while it is under way.
private final class PlaceHolder: Sendable {
    private let place = Mutex<CallPlace?>(nil)

    var isTaken: Bool { place.withLock { $0 != nil } }
    func take(_ taken: CallPlace) { place.withLock { $0 = taken } }
    func giveBack() { place.withLock { $0?.giveBack() } }
}

extension RouteFailure {
    fileprivate var kind: CommunicationDiversion.Failure {
        hasGivenUp ? .rangTooLong : .response(response?.status, hasRung: hasRung)
    }
}
