import SIP

/// Plays an announcement to every caller, before an answer or after one, and then does what it is told.
public struct AnnouncementService: CallService {
    /// When the announcement is played, and what becomes of the call then.
    public enum Course: Sendable, Hashable {
        /// As early media, without an answer that somebody might pay for. A caller who can hear none of it gets what
        /// follows at once.
        case early(then: EarlyEnd)
        case answered(then: AnsweredEnd)
    }

    public enum EarlyEnd: Sendable, Hashable {
        /// - Parameter cause: Of Q.850, for a Reason header (RFC 3326); TS 24.628 wants one where the status alone does
        ///   not say why.
        case reject(StatusCode, cause: Int? = nil)
        /// To a name of ``OnwardSettings/targets``.
        case route(to: String)
        /// Back to the S-CSCF: the chain goes on with the next criterion.
        case resume
    }

    public enum AnsweredEnd: Sendable, Hashable {
        case hangUp
        /// To a name of ``OnwardSettings/targets``. A caller whom nobody takes is hung up on.
        case transfer(to: String)
    }

    public struct Configuration: Sendable, Hashable {
        public var announcement: Announcement
        public var course: Course
        public var onward: OnwardSettings

        public init(_ announcement: Announcement, _ course: Course, onward: OnwardSettings = OnwardSettings()) {
            self.announcement = announcement
            self.course = course
            self.onward = onward
        }
    }

    public let configuration: Configuration
    private let onward: OnwardCalls
    public var runsOnEventLoop: Bool { true }

    public init(_ configuration: Configuration) {
        self.configuration = configuration
        onward = OnwardCalls(configuration.onward)
    }

    public func handle(_ call: consuming IncomingCall) async throws {
        switch configuration.course {
        case .early(let end):
            try await announceEarly(to: call)
            switch end {
            case .reject(let status, let cause): await Self.reject(call, status, cause)
            case .route(let target): await onward.route(call, to: target, because: "announcement")
            case .resume: await call.route(to: .servingCSCF(requestURI: nil))
            }
        case .answered(let end):
            guard !call.exceedsCapacity else { return await call.reject(.serviceUnavailable, retryAfter: 5) }
            await announce(to: try await call.answer(), then: end)
        }
    }

    private func announceEarly(to call: borrowing IncomingCall) async throws {
        guard !call.exceedsCapacity else { return await call.note("announcement-skipped", "no room for another call") }
        do {
            try await call.playEarly(configuration.announcement)
        } catch CallError.callerGone {
            throw CallError.callerGone
        } catch {
            await call.note("announcement-skipped", "\(error)")
        }
    }

    private static func reject(_ call: consuming IncomingCall, _ status: StatusCode, _ cause: Int?) async {
        var headers = SIPHeaders()
        if let cause { headers.append(.reason, ReasonHeader(reasonProtocol: "Q.850", cause: cause)) }
        await call.reject(status, headers: headers)
    }

    private func announce(to call: AnsweredCall, then end: AnsweredEnd) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await event in call.events {
                    guard case .media(let event) = event, let cause = CallEndCause(event) else { continue }
                    await call.hangUp(reason: cause.reason)
                }
            }
            await play(to: call, then: end)
            group.cancelAll()
        }
    }

    private func play(to call: AnsweredCall, then end: AnsweredEnd) async {
        do {
            try await call.play(configuration.announcement)
        } catch {
            await call.note("announcement-failed", "\(error)")
        }
        guard await !call.hasEnded else { return }
        switch end {
        case .hangUp:
            await call.hangUp()
        case .transfer(let target):
            do {
                try await onward.transfer(call, to: target, because: "announcement")
            } catch {
                await call.hangUp(reason: "SIP;cause=480;text=\"Nobody there\"")
            }
        }
    }
}
