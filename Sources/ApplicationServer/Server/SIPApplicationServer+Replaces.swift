import IMS
import SIP
import SIPTransport

/// INVITEs that take a party's place in a call of ours (RFC 3891).
extension SIPApplicationServer {
    /// Hands the INVITE to the call that it names, or refuses it.
    func replace(_ incoming: ISCRequest, _ leg: SIPLeg, _ source: SIPSource) {
        // Before anybody learns which dialogs there are.
        guard isTrusted(source) else { return refuse(leg, .forbidden) }
        let outcome = stack.assumeIsolated { stack in
            Result { () throws(ReplacesRefusal) in try stack.legReplaced(by: incoming.request) }
        }
        let replaced: (leg: SIPLeg, isConfirmed: Bool)
        switch outcome {
        case .failure(let refusal): return refuse(leg, refusal.status, reason: refusal.phrase)
        case .success(nil): return refuse(leg, .callDoesNotExist)
        case .success(let found?): replaced = found
        }
        let owner = calls.values.first { call in call.assumeIsolated { $0.takesPart(replaced.leg) } }
        guard let owner else { return refuse(leg, .callDoesNotExist) }
        spawn {
            if replaced.isConfirmed {
                await owner.replace(replaced.leg, by: leg, incoming)
            } else {
                await owner.pickUp(from: replaced.leg, by: leg, incoming)
            }
        }
    }
}

extension SIPHeaders {
    /// A Warning for people (RFC 3261 §20.43, code 399).
    static func warning(_ text: String) -> SIPHeaders {
        var headers = SIPHeaders()
        headers.append(.warning, WarningHeader(agent: "sidetone", text: text))
        return headers
    }
}
