import CCares
import Foundation
import NIOCore
import SIP
import Synchronization

/// How names are looked up.
public struct DNSSettings: Sendable, Hashable {
    /// Literal addresses; none: those of the system.
    public var servers: [HostPort]
    /// For everything that one request has to ask.
    public var timeout: Duration

    public init(servers: [HostPort] = [], timeout: Duration = .seconds(2)) {
        self.servers = servers
        self.timeout = timeout
    }
}

/// What came of a question.
struct DNSReply: Sendable {
    var records: [DNSRecord]
    /// How long it may be kept; zero: not at all.
    var lifetime: Duration

    static let failed = DNSReply(records: [], lifetime: .zero)
}

/// Asks name servers through c-ares, on one thread of its own that sleeps until there is something to do.
///
/// The thread starts with the first question and ends after ``stop()``; what was asked before then is answered.
final class DNSClient: Sendable {
    private struct State {
        var questions: [DNSQuery] = []
        /// An end of a socket pair whose other end wakes the thread; -1 before it starts and when it has ended.
        var wake: Int32 = -1
        var isStopped = false
    }

    private let settings: DNSSettings
    private let state = Mutex(State())

    init(_ settings: DNSSettings) {
        self.settings = settings
    }

    /// A question that no server answers has ``DNSReply/failed`` as its reply.
    func ask(_ question: DNSQuestion, on eventLoop: any EventLoop) -> EventLoopFuture<DNSReply> {
        let promise = eventLoop.makePromise(of: DNSReply.self)
        let query = DNSQuery(question, promise)
        let isTaken = state.withLock { state in
            if state.isStopped { return false }
            if state.wake < 0, !start(&state) { return false }
            state.questions.append(query)
            Self.signal(state.wake)
            return true
        }
        if !isTaken { promise.succeed(.failed) }
        return promise.futureResult
    }

    func stop() {
        state.withLock { state in
            state.isStopped = true
            if state.wake >= 0 { Self.signal(state.wake) }
        }
    }

    // MARK: The thread

    private static let isLibraryReady = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS

    private func start(_ state: inout State) -> Bool {
        guard Self.isLibraryReady else { return false }
        var ends: [Int32] = [-1, -1]
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        guard socketpair(AF_UNIX, Int32(type), 0, &ends) == 0 else { return false }
        let (reading, writing) = (ends[0], ends[1])
        state.wake = writing
        let thread = Thread { self.run(waking: reading, writing) }
        thread.name = "sip-dns"
        thread.start()
        return true
    }

    /// A pair that is full wakes as well.
    private static func signal(_ wake: Int32) {
        var octet: UInt8 = 1
        _ = write(wake, &octet, 1)
    }

    private func run(waking wake: Int32, _ writing: Int32) {
        let channel = makeChannel()
        while true {
            let (questions, isStopped) = state.withLock { state in
                defer { state.questions = [] }
                if state.isStopped { state.wake = -1 }
                return (state.questions, state.isStopped)
            }
            for query in questions {
                if let channel, !isStopped { query.send(on: channel) } else { query.finish(.failed) }
            }
            if isStopped { break }
            wait(channel, wake)
        }
        // Completes what is under way.
        if let channel { ares_destroy(channel) }
        close(wake)
        close(writing)
    }

    private func makeChannel() -> ares_channel? {
        var options = ares_options()
        // The second try waits twice as long as the first.
        options.timeout = max(1, Int32(clamping: settings.timeout.milliseconds / 3))
        options.tries = 2
        var channel: ares_channel?
        guard ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) == ARES_SUCCESS
        else { return nil }
        if !settings.servers.isEmpty {
            let list = settings.servers.map { $0.isIPv6 && $0.port == nil ? $0.host : $0.description }
            guard ares_set_servers_ports_csv(channel, list.joined(separator: ",")) == ARES_SUCCESS else {
                ares_destroy(channel)
                return nil
            }
        }
        return channel
    }

    /// Sleeps until a socket of the library, its next timeout, or the next question.
    private func wait(_ channel: ares_channel?, _ wake: Int32) {
        var sockets = [ares_socket_t](repeating: -1, count: Int(ARES_GETSOCK_MAXNUM))
        let wanted = channel.map { UInt32(bitPattern: ares_getsock($0, &sockets, ARES_GETSOCK_MAXNUM)) } ?? 0
        var polled = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
        for (index, socket) in sockets.enumerated() {
            var events: Int32 = 0
            // As ARES_GETSOCK_READABLE and _WRITABLE have it: the lower half of the bits is for reading.
            if wanted & 1 << UInt32(index) != 0 { events |= POLLIN }
            if wanted & 1 << UInt32(index + sockets.count) != 0 { events |= POLLOUT }
            if events != 0 { polled.append(pollfd(fd: socket, events: Int16(events), revents: 0)) }
        }
        var time = timeval()
        var milliseconds: Int32 = -1
        if let channel, ares_timeout(channel, nil, &time) != nil {
            milliseconds = Int32(clamping: time.tv_sec * 1_000 + Int(time.tv_usec) / 1_000 + 1)
        }
        _ = poll(&polled, nfds_t(polled.count), milliseconds)
        if polled[0].revents != 0 {
            var octets = [UInt8](repeating: 0, count: 256)
            _ = read(wake, &octets, octets.count)
        }
        guard let channel else { return }
        for ready in polled.dropFirst() where ready.revents != 0 {
            let canWrite = Int32(ready.revents) & POLLOUT != 0
            let canRead = Int32(ready.revents) & ~POLLOUT != 0
            ares_process_fd(channel, canRead ? ready.fd : -1, canWrite ? ready.fd : -1)
        }
        // Timeouts.
        ares_process_fd(channel, -1, -1)
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
