import ApplicationServer
import Media
import NIOCore
import SDP
import SIP
import SIPTransport

extension Softphone {
    /// Places a call and follows it to its end.
    ///
    /// - Parameter onEvent: Told of each line of the timeline as it happens.
    /// - Throws: What keeps the call from being placed at all: no port, no hop, a file.
    public func call(
        _ plan: SoftphoneCallPlan,
        onEvent: @escaping @Sendable (SoftphoneReport.Event) async -> Void = { _ in }
    ) async throws -> SoftphoneReport {
        let uri = try SIPURI(parsing: plan.target)
        guard let hop = plan.hop ?? Hop(uri) else { throw SystemError("\(plan.target) names no hop we can reach") }
        var random = SystemRandomNumberGenerator()
        let session = MediaSessionID("softphone-\(String(random.next(), radix: 16))")
        let mediaEvents = await media.open(session)
        do {
            let address = try await media.allocateLeg(session)
            if plan.recordReceived != nil || plan.recordSent != nil {
                try await media.record(session, received: plan.recordReceived, sent: plan.recordSent)
            }
            var audio = CallAudio(address: address, codecs: configuration.codecs, protection: configuration.protection)
            let invite = Self.invite(plan, offer: audio.localDescription())
            let leg = await stack.invite(invite, to: hop)
            let call = SoftphoneCall(phone: self, leg: leg, session: session, audio: audio)
            let timeline = SoftphoneTimeline(onEvent)
            await timeline.add("INVITE")
            return try await run(plan, call, mediaEvents, timeline)
        } catch {
            await media.release(session)
            throw error
        }
    }

    private static func invite(_ plan: SoftphoneCallPlan, offer: [UInt8]) -> SIPRequest {
        var request = SIPRequest(method: .invite, requestURI: plan.target)
        request.headers.copy(.route, from: plan.headers)
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<\(plan.from)>")
        request.headers.append(.to, "<\(plan.target)>")
        request.headers.copy(from: plan.headers) { $0 != .route }
        request.headers.append(.contentType, "application/sdp")
        request.body = offer
        return request
    }

    private func run(
        _ plan: SoftphoneCallPlan,
        _ call: SoftphoneCall,
        _ mediaEvents: AsyncStream<MediaSessionNotice>,
        _ timeline: SoftphoneTimeline
    ) async throws -> SoftphoneReport {
        let isAnswered = await waitForAnswer(plan, call, timeline)
        if isAnswered {
            await withDiscardingTaskGroup { group in
                let cues = SpeechCues()
                group.addTask {
                    for await notice in mediaEvents { await timeline.note(notice.event, cues) }
                    await cues.close()
                }
                group.addTask { await self.follow(plan, call, cues, timeline) }
                for await event in call.leg.events {
                    if let line = await call.handle(event) { await timeline.add(line) }
                }
                await timeline.end()
                let report = await call.release()
                await timeline.set(report, codec: await call.codec)
                group.cancelAll()
            }
        } else {
            await call.release()
        }
        return await timeline.report
    }

    private func waitForAnswer(
        _ plan: SoftphoneCallPlan,
        _ call: SoftphoneCall,
        _ timeline: SoftphoneTimeline
    ) async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await Task.sleep(for: plan.answerTime)
                    await timeline.add("no answer, CANCEL")
                    await call.leg.cancel()
                } catch {
                    // Answered in time.
                }
            }
            defer { group.cancelAll() }
            for await event in call.leg.events {
                switch event {
                case .provisional(let response):
                    await timeline.add("\(response.status) \(response.reasonPhrase)")
                case .answered(let response):
                    await timeline.answered(response)
                    do {
                        try await call.accept(answer: response.body)
                        return true
                    } catch {
                        await timeline.add("answer refused: \(error)")
                        await call.leg.hangUp()
                        return false
                    }
                case .rejected(let response):
                    await timeline.rejected(response)
                    return false
                case .failed(let failure):
                    await timeline.failed(failure)
                    return false
                case .cancelled, .acknowledged, .request, .sessionRefreshDue, .ended:
                    break
                }
            }
            return false
        }
    }

    /// Goes through the steps and hangs up at the end.
    private func follow(
        _ plan: SoftphoneCallPlan,
        _ call: SoftphoneCall,
        _ cues: SpeechCues,
        _ timeline: SoftphoneTimeline
    ) async {
        await withTaskGroup(of: Void.self) { group in
            if let duration = plan.duration {
                group.addTask {
                    guard (try? await Task.sleep(for: duration)) != nil else { return }
                    await timeline.add("BYE")
                    await call.leg.hangUp()
                }
            }
            for step in plan.steps {
                if plan.takesTurns {
                    guard await cues.waitForTurn() else { break }
                }
                await perform(step, call, cues, timeline)
                await cues.waitForPlayback()
                if Task.isCancelled { break }
            }
            if plan.duration == nil, !Task.isCancelled, (try? await Task.sleep(for: plan.linger)) != nil {
                await timeline.add("BYE")
                await call.leg.hangUp()
            }
        }
    }

    private func perform(
        _ step: SoftphoneStep,
        _ call: SoftphoneCall,
        _ cues: SpeechCues,
        _ timeline: SoftphoneTimeline
    ) async {
        do {
            switch step {
            case .play(let file):
                await timeline.add("play \(file.split(separator: "/").last ?? "")")
                await cues.playbackStarts()
                try await media.play(file: file, on: call.session)
            case .digits(let digits):
                await timeline.add("digits \(digits)")
                try await media.sendDigits(digits, on: call.session)
            }
        } catch {
            await cues.playbackFinished()
            await timeline.add("step failed: \(error)")
        }
    }
}
