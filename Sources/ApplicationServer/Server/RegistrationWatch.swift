import IMS
import SIP
import SIPTransport

/// Follows the registration of one user by the `reg` event package (RFC 3680), and tells when no contact is left.
struct RegistrationWatch: Sendable {
    let identity: String
    let subscription: SIPSubscription

    /// Answers the NOTIFYs until the subscription is over.
    ///
    /// - Parameter onChange: Whether the user is registered, whenever the S-CSCF says so.
    func run(onChange: @Sendable (Bool) async -> Void) async {
        var state = RegistrationState()
        // Once for a gap: a state that stays incomplete is not asked for again and again.
        var hasAsked = false
        for await event in subscription.events {
            guard case .notified(let notification) = event else { continue }
            let body = notification.request.body
            guard !body.isEmpty else {
                // RFC 6665 §4.1.3: a NOTIFY without a body says nothing of the resource.
                await notification.respond(.ok)
                continue
            }
            let document: RegistrationInformation
            do {
                document = try RegistrationInformation(parsing: body)
            } catch {
                await notification.respond(.badRequest)
                continue
            }
            await notification.respond(.ok)
            let outcome = state.apply(document)
            if outcome == .wantsFullState, !hasAsked { await subscription.refresh() }
            hasAsked = outcome == .wantsFullState
            guard outcome != .outdated, let isRegistered = state.isRegistered(identity) else { continue }
            await onChange(isRegistered)
        }
    }
}
