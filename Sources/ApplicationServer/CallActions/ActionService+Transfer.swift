import SIP

/// On to somebody else.
extension ActionService {
    /// Sends the call where a program outside wants it, as far as the policy lets it.
    ///
    /// - Returns: Why it is still here, in a word; `nil` if it is not.
    func transfer(_ transfer: CallAction.Transfer, in call: AnsweredCall) async -> String? {
        let targets: [String]
        let place: CallPlace
        do throws(PolicyRefusal) {
            targets = try await permitted(transfer.targets, in: call)
            place = try onward.quota.begin()
        } catch {
            await call.core.server.count { $0.transfersForbidden += 1 }
            let wanted = transfer.targets.joined(separator: " ").onOneLine.cut(to: 256)
            await call.note("transfer-refused", "\(error.rawValue): \(wanted)")
            return error.rawValue
        }
        await call.hold(place)
        let handOver = await call.handOver(reason: transfer.reason ?? "transfer")
        var plan = configuration.onward.transfer.plan(targets, ways: transfer.ways)
        plan.ringTime = transfer.ringTime ?? plan.ringTime
        plan.limit = [transfer.limit, plan.limit].compactMap { $0 }.min()
        do {
            try await call.transfer(plan, handOver: call.core.server.keep(handOver, as: configuration.onward.handOver))
            return nil
        } catch {
            place.giveBack()
            return (error as? CallError)?.word ?? "unreachable"
        }
    }

    private func permitted(_ targets: [String], in call: AnsweredCall) async throws(PolicyRefusal) -> [String] {
        guard await call.countTransfer() <= onward.quota.policy.maximumTransfers else { throw .tooManyTransfers }
        var permitted: [String] = []
        for target in targets { permitted.append(try onward.quota.policy.permits(target)) }
        return onward.quota.policy.targets(permitted, then: configuration.onward.transfer.next)
    }

    /// To a person, because nobody leads the call any more.
    ///
    /// - Returns: As ``transfer(_:in:)``.
    func rescue(_ call: AnsweredCall) async -> String? {
        guard let uri = configuration.fallback?.uri else { return "no-person" }
        // Without us in the call at all nobody would be left to rescue the caller when it fails.
        let ways = [TransferMethod.reinvite] + configuration.onward.transfer.ways.filter { $0 == .relay }
        let handOver = await call.handOver(reason: "service-lost")
        do {
            try await call.transfer(
                configuration.onward.transfer.plan([uri], ways: ways),
                handOver: call.core.server.keep(handOver, as: configuration.onward.handOver)
            )
            return nil
        } catch {
            return (error as? CallError)?.word ?? "unreachable"
        }
    }
}

extension CallError {
    /// A constant word, or a status as `sip-503`.
    fileprivate var word: String {
        switch self {
        case .refused(486), .refused(600): "busy"
        case .refused(603): "declined"
        case .refused(let status): "sip-\(status)"
        case .noAnswer: "no-answer"
        case .callerGone: "caller-gone"
        default: "unreachable"
        }
    }
}
