/// The best of the final responses that a proxy has when no branch is open any more (RFC 3261 §16.7 steps 6 and 7).
enum ResponseChoice {
    /// - Parameter isCancelled: The caller has given up: among 4xx its 487 is what it waits for.
    /// - Returns: `nil` when there is none to choose from.
    static func best(of failures: [ProxyFailure], isCancelled: Bool) -> ProxyFailure? {
        // `min` keeps the first of equals: the one that came first.
        guard let best = failures.min(by: { rank($0.status, isCancelled) < rank($1.status, isCancelled) }) else {
            return nil
        }
        switch (best, best.status) {
        case (_, .serviceUnavailable):
            // A 503 says that we can serve nobody, which one target does not know (§16.7 step 6).
            return .local(.serverInternalError, SIPHeaders())
        case (.local, .requestTimeout) where isCancelled:
            return .local(.requestTerminated, SIPHeaders())
        case (.received(var response), .unauthorized), (.received(var response), .proxyAuthenticationRequired):
            response.headers = withChallenges(of: failures, besides: response)
            return .received(response)
        default:
            return best
        }
    }

    /// Less is better: 6xx, then the lowest class; within 4xx what tells the caller how to try again, within 5xx
    /// anything before 503.
    private static func rank(_ status: StatusCode, _ isCancelled: Bool) -> Int {
        if status.category == .globalFailure { return 0 }
        let preference: Int
        switch status.rawValue {
        case 487 where isCancelled: preference = 0
        case 401, 407, 415, 420, 484: preference = 1
        case 408: preference = 4
        case 487: preference = 3
        case 503: preference = 3
        default: preference = 2
        }
        return status.rawValue / 100 * 10 + preference
    }

    /// The caller must be able to answer every challenge at once (§16.7 step 7).
    private static func withChallenges(of failures: [ProxyFailure], besides chosen: SIPResponse) -> SIPHeaders {
        var headers = chosen.headers
        var hasSkippedChosen = false
        for case .received(let response) in failures
        where response.status == .unauthorized || response.status == .proxyAuthenticationRequired {
            if !hasSkippedChosen, response == chosen {
                hasSkippedChosen = true
                continue
            }
            headers.copy(.wwwAuthenticate, from: response.headers)
            headers.copy(.proxyAuthenticate, from: response.headers)
        }
        return headers
    }
}

extension StatusCode {
    public static let proxyAuthenticationRequired = StatusCode(rawValue: 407) ?? .unauthorized
}
