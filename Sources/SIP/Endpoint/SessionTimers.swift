import Timing

/// Session timers (RFC 4028) of the dialogs of an endpoint.
extension SIPEndpoint {
    /// Our Min-SE in seconds, if the request asks for less and may be refused for it (§9: the peer has to know 422).
    func tooShortInterval(of request: SIPRequest) -> Int? {
        guard request.method == .invite || request.method == .update, let policy = configuration.sessionTimers,
            request.headers.contains(.sessionExpires), request.headers.supportsTimer,
            let wanted = try? request.headers.sessionExpires(), wanted.duration < policy.minimum
        else { return nil }
        return Int(policy.minimum.components.seconds)
    }

    // MARK: As server

    /// Adds what a 2xx says of the session timer (§9).
    ///
    /// - Returns: The timer that it starts; `nil` if there is none.
    func answerSessionTimer(
        of transaction: ServerTransaction,
        _ headers: inout SIPHeaders,
        _ status: StatusCode,
        _ content: MessageContent,
        at now: MonotonicTime
    ) -> SessionTimer? {
        let request = transaction.request
        guard status.isSuccess, request.method == .invite || request.method == .update else { return nil }
        guard content.sessionTimer == .own else {
            guard let agreed = try? headers.sessionExpires() else { return nil }
            return SessionTimer(interval: believed(agreed), isRefresher: false, isCarried: true, at: now)
        }
        guard let policy = configuration.sessionTimers else { return nil }
        let wanted = try? request.headers.sessionExpires()
        let peerSupports = request.headers.supportsTimer
        guard wanted != nil || peerSupports else { return nil }
        let peerMinimum = (try? request.headers.minSE()).map { Duration.seconds($0.interval) } ?? policy.minimum
        let interval = max(min(wanted?.duration ?? policy.interval, policy.interval), policy.minimum, peerMinimum)
        // Table 2 of §9: without support on the other side it can only be us.
        let refresher: SessionExpires.Refresher = peerSupports ? wanted?.refresher ?? .uac : .uas
        headers.append(.sessionExpires, SessionExpires(interval, refresher: refresher))
        if peerSupports, refresher == .uac { headers.append(.require, "timer") }
        return SessionTimer(interval: interval, isRefresher: refresher == .uas, at: now)
    }

    // MARK: As client

    /// Adds what an INVITE or UPDATE of ours asks for (§7.1, §7.4).
    ///
    /// - Parameter timer: The one that is running, in a request inside the dialog.
    func requestSessionTimer(_ headers: inout SIPHeaders, running timer: SessionTimer?) {
        guard let policy = configuration.sessionTimers, !headers.contains(.sessionExpires) else { return }
        let refresher: SessionExpires.Refresher? = timer.map { $0.isRefresher ? .uac : .uas }
        // No less than the Min-SE beside it: the peer's 2xx may have named less.
        let interval = max(timer?.interval ?? policy.interval, policy.minimum)
        headers.append(.sessionExpires, SessionExpires(interval, refresher: refresher))
        headers.append(.minSE, String(policy.minimum.components.seconds))
        if !headers.lists("timer", in: .supported) { headers.append(.supported, "timer") }
    }

    /// The timer that a 2xx to an INVITE or UPDATE of ours starts (§7.2); see ``believed(_:)`` for its interval.
    func agreedSessionTimer(
        _ response: SIPResponse,
        to request: SIPRequest,
        _ handling: SessionTimerHandling,
        at now: MonotonicTime
    ) -> SessionTimer? {
        let isCarried = handling == .carried
        if let agreed = try? response.headers.sessionExpires() {
            return SessionTimer(
                interval: believed(agreed),
                isRefresher: agreed.refresher != .uas,
                isCarried: isCarried,
                at: now
            )
        }
        // A peer without session timers: we may still ask now and then whether it is there.
        guard !isCarried, configuration.sessionTimers != nil, let wanted = try? request.headers.sessionExpires()
        else { return nil }
        return SessionTimer(interval: believed(wanted), isRefresher: true, at: now)
    }

    /// Times that a request is sent because of 422: each server on its way may ask for more than the one before.
    private static let mostIntervals = 4

    /// Sends an INVITE or UPDATE inside a dialog once more with the interval that its 422 asks for (§7.3, §7.4), if that is
    /// longer than what was asked.
    ///
    /// - Returns: `false` if the 422 is the final response, as it is where the session timer is another dialog's.
    func lengthenInterval(
        _ response: SIPResponse,
        of refused: ClientTransaction,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> Bool {
        guard response.status == .sessionIntervalTooSmall, refused.isInDialog, refused.sessionTimer == .own,
            !refused.isCancelled, refused.intervalRefusals < Self.mostIntervals,
            let usage = refused.dialog.flatMap({ dialogs[$0] }), !usage.isEnding,
            let asked = try? refused.request.headers.sessionExpires(),
            let least = try? response.headers.minSE(), least.interval > asked.interval
        else { return false }
        var request = refused.request
        request.headers.set(
            .sessionExpires, SessionExpires(interval: least.interval, refresher: asked.refresher))
        request.headers.set(.minSE, MinSE(interval: least.interval))
        let next = sendAgain(request, inPlaceOf: refused, isAuthorized: false, at: now, into: &out)
        next?.intervalRefusals += 1
        return next != nil
    }

    /// The interval that a 2xx starts: 90 s at least (§4, §5), whatever it says. Less would end a
    /// call at once, or have us refresh it without end.
    private func believed(_ agreed: SessionExpires) -> Duration {
        // A policy has less in tests only.
        let least = min(configuration.sessionTimers?.minimum ?? .shortestSession, .shortestSession)
        return max(agreed.duration, least)
    }

    // MARK: Time

    func sessionTimeout(_ usage: DialogUsage, at now: MonotonicTime, into out: inout [Output]) {
        guard usage.dialog.isConfirmed, !usage.isEnding, var timer = usage.timer else { return }
        let due = timer.handleTimeout(at: now)
        usage.timer = due == .expired ? nil : timer
        switch due {
        case nil:
            break
        case .refresh where usage.peerAllowsUpdate:
            send(.update, in: usage, at: now, into: &out)?.isSessionRefresh = true
        case .refresh:
            out.append(.event(.sessionRefreshDue(usage.id)))
        case .expired:
            out.append(.event(.dialogEnded(usage.id, .sessionExpired)))
            var headers = SIPHeaders()
            headers.append(.reason, "SIP;cause=408;text=\"Session timer expired\"")
            _ = send(.bye, in: usage, MessageContent(headers: headers), at: now, into: &out)
        }
    }
}

extension SessionExpires {
    fileprivate init(_ interval: Duration, refresher: Refresher?) {
        self.init(interval: UInt32(clamping: interval.components.seconds), refresher: refresher)
    }

    fileprivate var duration: Duration { .seconds(interval) }
}

extension SIPHeaders {
    fileprivate var supportsTimer: Bool { lists("timer", in: .supported) || lists("timer", in: .require) }
}
