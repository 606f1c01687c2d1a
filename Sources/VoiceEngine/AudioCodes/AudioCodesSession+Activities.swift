extension AudioCodesSession {
    static let maximumActivities = 64
    private static let maximumHeaders = 64
    private static let maximumDigits = 64

    /// Does what one activity of the bot asks for. Unknown ones are left alone.
    mutating func obey(
        _ activity: JSONDocument.Value,
        _ document: JSONDocument,
        _ text: Span<UInt8>,
        _ out: inout [EngineSessionOutput]
    ) {
        for holder in ["sessionParams", "activityParams"] {
            let parameters = document.member(holder, of: activity, in: text)
            if let bargesIn = parameters.flatMap({ document.bool("bargeIn", of: $0, in: text) }) {
                self.bargesIn = bargesIn
            }
        }
        let parameters = document.member("activityParams", of: activity, in: text)
        let name = document.string("name", of: activity, in: text) ?? ""
        guard document.string("type", of: activity, in: text) != "message" else {
            return refuse("message", "there is no speech synthesis for texts of the bot", &out)
        }
        switch name {
        case "hangup":
            let reason = parameters.flatMap { document.string("hangupReason", of: $0, in: text) }
            out.append(.event(.hangUpRequested(reason: reason)))
        case "transfer", "handover":
            out.append(.event(.transferRequested(transfer(parameters, document, text))))
        case "abortPrompts":
            interrupt(&out)
        case "sendDtmf":
            let value = document.member("value", of: activity, in: text)
            sendDigits(value.flatMap { document.raw($0, in: text) } ?? "", &out)
        case "sendMetaData":
            let variables = document.texts(of: document.member("value", of: activity, in: text), in: text)
            if !variables.isEmpty { out.append(.event(.variables(variables))) }
        case "playUrl", "startCallRecording", "stopCallRecording", "pauseCallRecording", "resumeCallRecording":
            refuse(name, "the connector does not do this", &out)
        case _ where name.hasPrefix("speakerVerification"):
            refuse(name, "the connector does not do this", &out)
        default:
            break
        }
    }

    private mutating func refuse(_ activity: String, _ reason: String, _ out: inout [EngineSessionOutput]) {
        if !faults.add("unsupported", "activity \(activity): \(reason)", into: &out) { phase = .over }
    }

    private func transfer(
        _ parameters: JSONDocument.Value?,
        _ document: JSONDocument,
        _ text: Span<UInt8>
    ) -> EngineTransferRequest {
        guard let parameters else { return EngineTransferRequest(target: nil) }
        var request = EngineTransferRequest(
            target: document.string("transferTarget", of: parameters, in: text),
            reason: document.string("handoverReason", of: parameters, in: text))
        if let headers = document.member("transferSipHeaders", of: parameters, in: text) {
            for header in document.elements(of: headers).prefix(Self.maximumHeaders) {
                guard let name = document.string("name", of: header, in: text),
                    let value = document.string("value", of: header, in: text)
                else { continue }
                request.headers.append(.init(name: name, value: value))
            }
        }
        if let referrer = document.string("transferReferredByURL", of: parameters, in: text) {
            request.headers.append(.init(name: "Referred-By", value: referrer))
        }
        return request
    }

    private mutating func sendDigits(_ digits: String, _ out: inout [EngineSessionOutput]) {
        let isKnown = digits.utf8.allSatisfy { "0123456789*#ABCD".utf8.contains($0) }
        guard !digits.isEmpty, digits.utf8.count <= Self.maximumDigits, isKnown else {
            return refuse("sendDtmf", "the value is not 1 to \(Self.maximumDigits) keys of a telephone", &out)
        }
        out.append(.event(.digitsRequested(digits)))
    }
}
