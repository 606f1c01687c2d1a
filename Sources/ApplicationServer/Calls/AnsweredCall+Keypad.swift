import Media
import SIP
import SIPTransport

extension AnsweredCall {
    /// Sends digits to the caller's side: as RFC 4733 events if they are agreed, else by SIP INFO if the configuration
    /// allows it (``ApplicationServerConfiguration/sendsDigitsByInfo``), one request after another.
    ///
    /// - Parameter digits: `0`-`9`, `*`, `#`, `A`-`D`.
    /// - Throws: ``CallError/refused(_:)`` if the caller's side does not take an INFO; digits after it are not sent.
    public func sendDigits(_ digits: String) async throws {
        guard audio.negotiated?.telephoneEvent == nil, core.server.configuration.sendsDigitsByInfo else {
            return try await core.media.sendDigits(digits, on: core.session, as: nextCommand())
        }
        let signals = digits.compactMap { KeypadSignal(key: $0) }
        guard signals.count == digits.count else {
            throw MediaPlaneError.unsupportedCodec("digits \"\(digits)\"")
        }
        for signal in signals {
            let content = MessageContent(contentType: "\(KeypadSignal.relayType)", body: signal.relayBody)
            let response: SIPResponse
            do {
                response = try await leg.request(.info, content)
            } catch {
                throw CallError.callerGone
            }
            guard response.status.isSuccess else { throw CallError.refused(response.status.rawValue) }
        }
    }

    /// An INFO of a side whose media is with us: a key pressed, or something we do not know.
    ///
    /// No Info-Package is supported (RFC 6086 §4.2.2): one that is named gets 469 and an empty Recv-Info. An INFO without
    /// a body asks nothing of us.
    func answerInfo(_ incoming: InDialogRequest, of leg: SIPLeg) async {
        let request = incoming.request
        var headers = SIPHeaders()
        guard request.headers.first(.infoPackage) == nil else {
            headers.append(.recvInfo, "")
            return await incoming.respond(.badInfoPackage, MessageContent(headers: headers))
        }
        guard !request.body.isEmpty else { return await incoming.respond(.ok) }
        guard let type = try? request.headers.contentType(), KeypadSignal.isCarried(by: type) else {
            headers.append(.accept, "\(KeypadSignal.relayType), \(KeypadSignal.plainType)")
            return await incoming.respond(.unsupportedMediaType, MessageContent(headers: headers))
        }
        guard let signal = KeypadSignal(parsing: request.body, of: type) else {
            return await incoming.respond(.badRequest, reason: "Bad Keypad Signal")
        }
        await incoming.respond(.ok)
        guard let digit = signal.digit, let session = session(of: leg) else { return }
        await core.media.receiveDigit(digit, on: session, as: nextCommand())
    }
}
