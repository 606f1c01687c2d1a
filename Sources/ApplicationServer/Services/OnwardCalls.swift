/// The calls of one service to others, within its policy.
final class OnwardCalls: Sendable {
    let settings: OnwardSettings
    let quota: CallQuota

    init(_ settings: OnwardSettings) {
        self.settings = settings
        var policy = settings.policy
        policy.names.merge(settings.targets) { $1 }
        quota = CallQuota(policy)
    }

    /// A target that may be called now, and the place that the call to it takes.
    struct Admission: Sendable {
        let uri: String
        let place: CallPlace
    }

    /// - Parameter target: A name of ``OnwardSettings/targets``, or what the policy allows beside.
    /// - Returns: `nil` if it may not be called; the record says why.
    func admit(_ target: String, for call: CallCore) async -> Admission? {
        do throws(PolicyRefusal) {
            return Admission(uri: try quota.policy.permits(target), place: try quota.begin())
        } catch {
            await call.server.count { $0.transfersForbidden += 1 }
            await call.note("target-refused", "\(error.rawValue): \(target.onOneLine.cut(to: 256))")
            return nil
        }
    }

    /// Carries a call that nobody has answered on to a target; returns when it is over.
    ///
    /// - Parameter reason: What the target is told.
    func route(_ call: consuming IncomingCall, to target: String, because reason: String) async {
        guard let admission = await admit(target, for: call.call) else {
            return await call.reject(.temporarilyUnavailable)
        }
        await call.route(to: .direct(admission.uri), handOver: settings.handOver, because: reason)
        admission.place.giveBack()
    }

    /// Transfers a call that we have answered; its caller stays with us when it fails.
    ///
    /// - Parameters:
    ///   - isAlone: Whether no other target is tried after it.
    ///   - ringTime: `nil`: that of the settings.
    ///   - reason: What the target is told.
    /// - Throws: ``CallError``.
    func transfer(
        _ call: AnsweredCall, to target: String, isAlone: Bool = false, ringTime: Duration? = nil,
        because reason: String
    ) async throws {
        guard let admission = await admit(target, for: call.core) else { throw CallError.refused(403) }
        await call.hold(admission.place)
        let handOver = await call.handOver(reason: reason)
        let next = isAlone ? [] : settings.transfer.next
        var plan = settings.transfer.plan(quota.policy.targets([admission.uri], then: next))
        if let ringTime { plan.ringTime = ringTime }
        // Nobody here has anything to say to a caller who comes back.
        plan.afterTarget = .hangUp
        do {
            try await call.transfer(plan, handOver: call.core.server.keep(handOver, as: settings.handOver))
        } catch {
            admission.place.giveBack()
            throw error
        }
    }
}
