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

    /// An INFO of a side whose media is with us.
    func answerInfo(_ incoming: InDialogRequest, of leg: SIPLeg) async {
        guard let digit = await incoming.takeInfo(), let session = session(of: leg) else { return }
        await core.media.receiveDigit(digit, on: session, as: nextCommand())
    }
}
