import IMS
import SIP

extension HandOver {
    /// What a call brings along: its parties from the INVITE, and what its engine found out. Of the variables,
    /// `language`, `intent` and `summary` are parts of their own.
    init(
        _ request: ISCRequest,
        callID: String,
        service: String,
        findings: CallFindings = CallFindings(),
        reason: String?,
        at time: UTCTime = .now
    ) {
        self.init(callID: callID, time: time.secondsSince1970, service: service)
        // Who asked for privacy is not named (RFC 3323): the party may be outside of the trust domain.
        if !request.isCallerWithheld {
            let asserted = request.assertedIdentities.first
            let from = try? request.request.headers.address(.from)
            caller = (asserted ?? from)?.uriText
            callerName = asserted?.displayName ?? from?.displayName
            isCallerAsserted = asserted != nil
        }
        called = request.servedUser?.identity ?? request.request.requestURI
        self.reason = reason
        variables = findings.variables
        language = variables.removeValue(forKey: "language")
        intent = variables.removeValue(forKey: "intent")
        summary = variables.removeValue(forKey: "summary")
        transcript = findings.transcript
    }
}

extension AnsweredCall {
    /// What a person who takes the call over now is to be told.
    ///
    /// - Parameters:
    ///   - reason: Why the bot stops.
    ///   - variables: Found out since, such as the arguments of a function call; they win over earlier ones.
    public func handOver(reason: String?, variables: [String: String] = [:]) async -> HandOver {
        findings.merge(variables)
        return HandOver(
            core.request,
            callID: core.callID,
            service: await core.record.service,
            findings: findings,
            reason: reason
        )
    }
}
