import SIP

/// Lets through whom the served user wants to hear from, rejects others, and has the rest asked who they are.
public struct ScreeningService: CallService {
    public struct Configuration: Sendable {
        public var rules: CallerRules
        /// SIP URI of the PBX that has the served user; `nil`: back to the S-CSCF by the original dialog identifier.
        public var servedBy: String?
        /// Of a call that is rejected, unless for anonymity: that is 433 (RFC 5079).
        public var status = StatusCode.decline
        /// Takes callers who are to be asked, such as an ``AssistantService`` that may transfer to the served user;
        /// without it they are rejected.
        public var interviewer: (any CallService)?

        public init(_ rules: CallerRules) {
            self.rules = rules
        }
    }

    public let configuration: Configuration
    public var runsOnEventLoop: Bool { configuration.interviewer?.runsOnEventLoop ?? true }

    public init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    public func handle(_ call: consuming IncomingCall) async throws {
        let decision = configuration.rules.decide(on: call.request)
        await call.note("screening", "\(decision.verdict.rawValue): \(decision.reason.rawValue)")
        switch decision.verdict {
        case .allow:
            await call.route(to: configuration.servedBy.map { .direct($0) } ?? .servingCSCF(requestURI: nil))
        case .ask:
            guard let interviewer = configuration.interviewer else { return await reject(call, decision.reason) }
            try await interviewer.handle(call)
        case .reject:
            await reject(call, decision.reason)
        }
    }

    private func reject(_ call: consuming IncomingCall, _ reason: CallerRules.Reason) async {
        guard reason == .anonymous, let status = StatusCode(rawValue: 433) else {
            return await call.reject(configuration.status)
        }
        await call.reject(status, reason: "Anonymity Disallowed")
    }
}
