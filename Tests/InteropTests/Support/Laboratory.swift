import ApplicationServer
import MediaTransport
import SIPTransport
import Testing

/// A server under test, and what it holds.
protocol Laboratory: Sendable {
    var server: SIPApplicationServer { get }
    var stack: SIPStack { get }
    var media: InProcessMediaPlane { get }
}

extension Laboratory {
    func holdings() async -> Holdings {
        let status = await server.status
        return Holdings(
            calls: status.calls,
            tasks: status.tasks,
            legs: await stack.legCount,
            signalling: await stack.counts,
            media: await media.status()
        )
    }

    /// Waits until nothing is left of the calls, transactions included.
    func expectNothingLeft(_ sourceLocation: SourceLocation) async {
        let isEmpty = await eventually {
            let holdings = await holdings()
            return holdings.isIdle && holdings.signalling.clientTransactions == 0
                && holdings.signalling.serverTransactions == 0
        }
        if !isEmpty { Issue.record("still there: \(await holdings())", sourceLocation: sourceLocation) }
    }
}
