import SIP
import Timing

extension ServingCSCF {
    /// A response to a request that the S-CSCF sent.
    public mutating func receive(
        _ response: SIPResponse, on branch: Branch, at now: MonotonicTime, into out: inout [Output]
    ) {
        guard var open = branches[branch] else { return }
        let policy = configuration.defaultHandling
        if response.status == .trying {
            if open.deadline != nil, let patience = policy.tryingTimeout {
                branches[branch]?.deadline = now + patience
            }
            return
        }
        guard response.status.isFinal else {
            // 101...199: the server has taken the request on.
            open.deadline = nil
            open.isTaken = open.isTaken || policy.isStrict
            branches[branch] = open
            if !open.isAbandoned, let upstream = open.upstream { out.append(.respond(response, to: upstream)) }
            return
        }
        if policy.isFailure(response.status), hasDefaultHandling(open) {
            fail(branch, .response(response.status), response: response, now, &out)
            return
        }
        branches[branch] = nil
        guard let upstream = open.upstream else { return }
        // A 2xx to an INVITE goes up in any case, also from a server that was given up on: its dialog exists
        // (RFC 3261 §16.7 step 5).
        let makesDialog = response.status.isSuccess && open.request.method == .invite
        guard makesDialog || !open.isAbandoned && transactions[upstream] != nil else { return }
        finish(upstream, response, &out)
    }

    /// The request could not be sent, for example because the connection was refused.
    public mutating func transportFailed(_ branch: Branch, at now: MonotonicTime, into out: inout [Output]) {
        fail(branch, .unreachable, now, &out)
    }

    mutating func fail(
        _ branch: Branch, _ failure: Failure, response: SIPResponse? = nil, _ now: MonotonicTime,
        _ out: inout [Output]
    ) {
        guard var open = branches[branch] else { return }
        open.deadline = nil
        let isDefault = hasDefaultHandling(open)
        let upstream = open.upstream.flatMap { transactions[$0] }
        if failure == .silence, open.upstream != nil {
            // The transaction goes on below us; what still comes of it is read with ``isAbandoned``.
            open.isAbandoned = true
            branches[branch] = open
        } else {
            branches[branch] = nil
        }
        defer { if open.isAbandoned { out.append(.cancel(branch)) } }
        if let registration = open.registration {
            registrationFailed(registration, open.criterion, failure, now, &out)
            return
        }
        guard let transaction = open.upstream, let upstream else { return }
        if isDefault, let criterion = open.criterion {
            out.append(.decided(.defaultHandling(criterion, failure)))
            if criterion.applicationServer.defaultHandling == .sessionContinued, let chain = open.chain {
                do throws(Refusal) {
                    try advance(open.request, chain, transaction, now, &out)
                } catch {
                    finish(
                        transaction, SIPResponse(error.status, to: upstream.request, toTag: identifier("t")), &out)
                }
                return
            }
            if let status = configuration.defaultHandling.terminationStatus {
                finish(transaction, SIPResponse(status, to: upstream.request, toTag: identifier("t")), &out)
                return
            }
        }
        let status: StatusCode = failure == .unreachable ? .serviceUnavailable : .requestTimeout
        finish(
            transaction, response ?? SIPResponse(status, to: upstream.request, toTag: identifier("t")), &out)
    }

    /// Whether a failure of the branch leads to what its criterion says, and is not simply passed on.
    private func hasDefaultHandling(_ open: OpenBranch) -> Bool {
        guard open.criterion != nil, !open.isTaken, !open.isAbandoned else { return false }
        guard let upstream = open.upstream else { return true }
        return transactions[upstream].map { !$0.isCancelled } ?? false
    }

    /// Sends a final response upstream. A 503 becomes 500: it would speak for this S-CSCF (RFC 3261 §16.7 step 6).
    mutating func finish(_ transaction: Transaction, _ response: SIPResponse, _ out: inout [Output]) {
        transactions[transaction] = nil
        var response = response
        if response.status == .serviceUnavailable {
            response.status = .serverInternalError
            response.reasonPhrase = StatusCode.serverInternalError.reasonPhrase
            response.headers.removeAll(.retryAfter)
        }
        out.append(.respond(response, to: transaction))
    }
}
