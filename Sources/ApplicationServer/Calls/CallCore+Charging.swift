import IMS
import SIP

/// Charging correlation (TS 24.229 §5.7.1, RFC 7315 §5.6).
extension CallCore {
    nonisolated var network: String? { server.configuration.outbound?.network }

    /// What an answer repeats of it, with our network as the one that answers where that is known.
    nonisolated var chargingContent: MessageContent {
        MessageContent(headers: chargingAnswer(to: request.request))
    }

    nonisolated func chargingAnswer(to request: SIPRequest) -> SIPHeaders {
        var headers = SIPHeaders()
        if let network, let vector = try? request.headers.pChargingVector() {
            headers.append(.pChargingVector, vector.answered(by: network))
        } else {
            headers.copy(.pChargingVector, from: request.headers)
        }
        return headers
    }

    /// Names our network in what the answer of another party brings to the caller: the identifiers of networks between an
    /// S-CSCF and an application server hold for these two only (TS 24.229 §5.7.5). What that party says beside stays.
    nonisolated func charge(_ headers: inout SIPHeaders) {
        guard let network, let asked = try? request.request.headers.pChargingVector() else { return }
        var vector = (try? headers.pChargingVector()) ?? asked
        vector.originatingNetwork = asked.originatingNetwork
        headers.set(.pChargingVector, vector.answered(by: network))
    }

    /// What a request of ours carries of it in the dialog of `initial`: the identifier of that one, and our network as the one
    /// that sends the request (TS 24.229 §5.7.2, §5.7.3).
    nonisolated func chargingFields(as initial: SIPRequest) -> SIPHeaders {
        var headers = SIPHeaders()
        guard var vector = try? initial.headers.pChargingVector() else { return headers }
        vector.originatingNetwork = network.map(PChargingVector.type3)
        vector.terminatingNetwork = nil
        headers.append(.pChargingVector, vector)
        return headers
    }
}
