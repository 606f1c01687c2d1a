import ApplicationServer
import Media
import MediaTransport
import SIP
import SIPTransport
import Testing

/// A server under test, and what it holds.
protocol Laboratory: Sendable {
    var addresses: Addresses { get }
    var server: SIPApplicationServer { get }
    var stack: SIPStack { get }
    var media: InProcessMediaPlane { get }
    var records: RecordKeeper { get }
    /// Whether the transactions are over soon after the call: they outlive it for 64·T1.
    var hasShortTimers: Bool { get }
}

extension Laboratory {
    var hasShortTimers: Bool { true }

    /// What the server holds now.
    func holdings() async -> Holdings {
        let status = await server.status
        var media = await media.status()
        // A pair given back rests before it is free.
        media.freePairs += media.quarantinedPairs
        media.quarantinedPairs = 0
        return Holdings(
            calls: status.calls,
            tasks: status.tasks,
            legs: await stack.legCount,
            signalling: await stack.counts,
            media: media,
            sockets: KernelSockets.ofThisProcess(at: [addresses.server, addresses.engine]).sorted(),
            files: TemporaryFolder.openFiles
        )
    }

    /// Waits until the server holds what it held before its calls: no task, leg, dialog, transaction, media session,
    /// port or engine more, and no descriptor.
    ///
    /// Ends each use of a laboratory, so that no test has to think of it.
    func expectNothingLeft(since before: Holdings, _ sourceLocation: SourceLocation) async {
        let isEmpty = await eventually { (await holdings()).isLike(before, withTransactions: hasShortTimers) }
        if !isEmpty {
            Issue.record(
                "before: \(before), still there: \(await holdings())", sourceLocation: sourceLocation)
        }
    }
}

/// What a server holds of calls.
struct Holdings: Equatable {
    var calls: Int
    var tasks: Int
    var legs: Int
    var signalling: SIPEndpointCounts
    var media: MediaPlaneStatus
    /// Of this process, at the addresses of server and engines.
    var sockets: [String]
    /// Such as recordings; those of another laboratory that stands at the same time among them.
    var files: [String]

    var isIdle: Bool {
        calls == 0 && tasks == 0 && legs == 0 && signalling.dialogs == 0 && media.sessions == 0
            && media.leasedPairs == 0 && media.engineConnections == 0
    }

    func isLike(_ before: Holdings, withTransactions: Bool) -> Bool {
        isIdle && media == before.media && sockets == before.sockets && Set(files).isSubset(of: before.files)
            && (!withTransactions || signalling.serverTransactions == 0 && signalling.clientTransactions == 0)
    }
}
