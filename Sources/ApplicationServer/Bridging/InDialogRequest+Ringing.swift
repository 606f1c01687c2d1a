import SIP
import SIPTransport

extension InDialogRequest {
    /// Answers what a party asks that we call for somebody and that has not taken the call.
    ///
    /// The caller's media is still ours, and nobody is there yet to whom anything could be passed on: only an offer can
    /// wait, until the two are told of one another.
    func answerWhileRinging() async {
        let missing = CallCore.unsupportedOptions(in: request)
        guard missing.isEmpty else {
            return await respond(.badExtension, MessageContent(headers: CallCore.unsupported(missing)))
        }
        switch request.method {
        case _ where request.isOffer:
            // RFC 3311 §5.2.
            await respond(.requestPending)
        case .update:
            // It changes the target of the dialog, or the session timer.
            await respond(.ok)
        case .options:
            await respond(.ok, MessageContent(headers: CallCore.capabilities))
        case .info:
            // A key that nobody waits for.
            await takeInfo()
        case .notify:
            // RFC 6665 §4.1.3: to nothing that we have asked for.
            await respond(.callDoesNotExist)
        case .refer:
            await respond(.decline)
        default:
            await refuseMethod()
        }
    }

    /// Answers an INFO to us: a key pressed, or something we do not know.
    ///
    /// No Info-Package is supported (RFC 6086 §4.2.2): one that is named gets 469 and an empty Recv-Info. An INFO without
    /// a body asks nothing of us.
    ///
    /// - Returns: The key.
    @discardableResult
    func takeInfo() async -> Character? {
        var headers = SIPHeaders()
        guard request.headers.first(.infoPackage) == nil else {
            headers.append(.recvInfo, "")
            await respond(.badInfoPackage, MessageContent(headers: headers))
            return nil
        }
        guard !request.body.isEmpty else {
            await respond(.ok)
            return nil
        }
        guard let type = try? request.headers.contentType(), KeypadSignal.isCarried(by: type) else {
            headers.append(.accept, "\(KeypadSignal.relayType), \(KeypadSignal.plainType)")
            await respond(.unsupportedMediaType, MessageContent(headers: headers))
            return nil
        }
        guard let signal = KeypadSignal(parsing: request.body, of: type) else {
            await respond(.badRequest, reason: "Bad Keypad Signal")
            return nil
        }
        await respond(.ok)
        return signal.digit
    }
}
