import NIOCore

extension AnsweredCall {
    /// Sends the call on to another party. The caller stays with us when it fails.
    ///
    /// By ``TransferMethod/reinvite`` it returns when the caller's media goes to the target; engine and ports are
    /// given back by then, and the call's events end when the two hang up. By ``TransferMethod/refer`` and
    /// ``TransferMethod/attended`` it returns when the target has answered the caller, and our leg is hung up. By
    /// ``TransferMethod/relay`` it returns when the two hear one another.
    ///
    /// - Throws: ``CallError``.
    public func transfer(to target: RouteTarget, by method: TransferMethod = .reinvite) async throws {
        try await transfer(TransferPlan([TransferPlan.Target(target)], ways: [method]))
    }

    /// Sends the call on as the plan says. The caller stays with us when nothing of it works: with the engine, which is
    /// connected until the caller's media goes elsewhere.
    ///
    /// A call that was transferred by ``TransferMethod/reinvite`` may be transferred so again, and one whose audio we pass
    /// on in every way: caller and first target talk on until the next one has answered.
    ///
    /// - Parameter handOver: What goes along to the target.
    /// - Throws: ``CallError`` of the last way that was tried.
    public func transfer(_ plan: TransferPlan, handOver: HandOverWriter? = nil) async throws {
        guard !hasEnded else { throw CallError.callerGone }
        guard !isBeingTransferred else { throw CallError.transferUnderWay }
        isBeingTransferred = true
        do {
            let way = try await carryOut(plan, handOver)
            afterTarget = plan.afterTarget
            await core.server.count { $0.transfers += 1 }
            await core.note("transferred")
            // The record ends with the leg.
            if way.leavesCall { await hangUp(.transferred) }
            isBeingTransferred = false
            await settleTarget()
        } catch {
            let error = hasEnded ? CallError.callerGone : error
            await core.server.count { $0.transfersFailed += 1 }
            await core.note("transfer-failed", "\(error)")
            isBeingTransferred = false
            await settleTarget()
            retryRelease()
            throw error
        }
    }

    /// - Returns: The way that has worked.
    private func carryOut(
        _ plan: TransferPlan, _ handOver: HandOverWriter?
    ) async throws(CallError) -> TransferMethod {
        let start = NIODeadline.now()
        var last = CallError.unreachable("no target")
        for target in plan.targets {
            let ways = target.ways ?? plan.ways
            ways: for (index, way) in ways.enumerated() {
                let spent = Duration.nanoseconds((NIODeadline.now() - start).nanoseconds)
                let left = plan.limit.map { $0 - spent } ?? .seconds(86_400)
                guard left > .zero else {
                    await dropConsulted()
                    throw last
                }
                let ringTime = target.ringTime ?? plan.ringTime ?? core.server.configuration.ringTime
                let attempt = TransferAttempt(
                    target: target.target,
                    ringTime: min(ringTime, left),
                    notifyTime: min(plan.notifyTime, left),
                    offer: plan.offer,
                    handOver: handOver,
                    announcement: plan.announcement,
                    keepsTarget: ways[(index + 1)...].contains { $0 == .relay || $0 == .attended },
                    releaseRetry: plan.releaseRetry
                )
                await core.note("transfer", "\(way.rawValue) to \(target.target.text)")
                do throws(TransferFailure) {
                    try await transfer(attempt, by: way)
                    return way
                } catch {
                    last = error.error
                    await core.note("transfer-way-failed", "\(way.rawValue) to \(target.target.text): \(error.error)")
                    switch error.scope {
                    case .target:
                        await dropConsulted()
                        break ways
                    case .way:
                        continue ways
                    case .call:
                        await dropConsulted()
                        throw error.error
                    }
                }
            }
            await dropConsulted()
        }
        throw last
    }

    /// A target that takes no multipart body is called again without it (RFC 5621 §3.2).
    private func transfer(_ attempt: TransferAttempt, by way: TransferMethod) async throws(TransferFailure) {
        do throws(TransferFailure) {
            try await transferOnce(attempt, by: way)
        } catch {
            guard case .refused(415) = error.error, attempt.handOver?.format.sendsBody == true else { throw error }
            var plain = attempt
            plain.handOver?.format.sendsBody = false
            try await transferOnce(plain, by: way)
        }
    }

    private func transferOnce(_ attempt: TransferAttempt, by way: TransferMethod) async throws(TransferFailure) {
        await comeBack()
        guard !hasEnded else { throw TransferFailure(.callerGone, .call) }
        guard way == .reinvite || bridge == nil else {
            throw TransferFailure(.media("the caller's media is with another party"), .way)
        }
        switch way {
        case .reinvite where bridge != nil:
            try await transferAgain(attempt)
        case .reinvite:
            await dropConsulted()
            try await transferByReinvite(attempt)
        case .refer:
            await dropConsulted()
            try await transferByRefer(attempt)
        case .attended:
            try await transferAttended(attempt)
        case .relay:
            try await transferByRelay(attempt)
        }
    }
}

extension TransferMethod {
    /// Whether nothing is left for us to do in a call that was transferred so.
    fileprivate var leavesCall: Bool { self == .refer || self == .attended }
}

extension RouteTarget {
    var text: String {
        switch self {
        case .direct(let uri), .originating(let uri): uri
        case .servingCSCF(let uri): uri ?? "the S-CSCF"
        }
    }
}
