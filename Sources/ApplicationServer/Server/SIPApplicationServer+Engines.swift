import Media
import NIOCore
import Timing
import VoiceEngine

/// What the server knows of engines, over all calls.
extension SIPApplicationServer {
    /// A probe has this long.
    private static let probeTime = Duration.seconds(2)

    private var unusedEngine: EngineHealth { EngineHealth(configuration.engineHealth) }

    /// Whether a call may try this engine, or its fallback should act at once.
    public func admitsEngine(_ name: String) -> Bool {
        engines[name, default: unusedEngine].admits(at: now)
    }

    /// Nine of ten answers of this engine come within this time, from the end of the caller's words to its first audio;
    /// `nil` while too few are known.
    public func expectedAnswer(of name: String) -> Duration? {
        engines[name]?.responseTimes.ninthDecile
    }

    /// A session with an engine was set up.
    func engineConnected(_ name: String) {
        engines[name, default: unusedEngine].connected()
        probes.removeValue(forKey: name)?.cancel()
    }

    /// An engine answered a caller.
    func engineAnswered(_ name: String, after time: Duration) {
        engines[name, default: unusedEngine].answered(after: time)
    }

    /// An engine did not take a call, or was given up in the middle of one. When it counts as down, it is probed until a
    /// session can be set up again.
    func engineFailed(_ endpoint: EngineEndpoint, _ settings: EngineSessionConfiguration, inCall: Bool) {
        var health = engines[endpoint.name, default: unusedEngine]
        if inCall { health.lost(at: now) } else { health.refused(at: now) }
        engines[endpoint.name] = health
        if health.isOpen, probes[endpoint.name] == nil { scheduleProbe(of: endpoint, settings) }
    }

    private func scheduleProbe(of endpoint: EngineEndpoint, _ settings: EngineSessionConfiguration) {
        guard !isDraining else { return }
        probes[endpoint.name] = stack.eventLoop.scheduleTask(in: TimeAmount(configuration.engineHealth.pause)) {
            self.assumeIsolated { $0.probe(endpoint, settings) }
        }
    }

    /// Sets up a session and closes it again, so that no caller pays for the trial.
    private func probe(_ endpoint: EngineEndpoint, _ settings: EngineSessionConfiguration) {
        guard !isDraining, engines[endpoint.name]?.isOpen == true else {
            probes[endpoint.name] = nil
            return
        }
        engines[endpoint.name]?.beginProbe(at: now)
        counters.engineProbes += 1
        probeCount += 1
        let session = MediaSessionID("probe-\(probeCount)")
        spawn(ofCall: false) {
            _ = await self.media.open(session)
            let isThere: Bool
            do throws(EngineConnectError) {
                try await self.media.connectEngine(session, to: endpoint, with: settings, within: Self.probeTime)
                isThere = true
            } catch {
                isThere = false
            }
            await self.media.release(session)
            await self.endProbe(of: endpoint, settings, isThere: isThere)
        }
    }

    private func endProbe(of endpoint: EngineEndpoint, _ settings: EngineSessionConfiguration, isThere: Bool) {
        probes[endpoint.name] = nil
        if isThere {
            engineConnected(endpoint.name)
        } else if engines[endpoint.name]?.isOpen == true {
            scheduleProbe(of: endpoint, settings)
        }
    }
}

extension TimeAmount {
    init(_ duration: Duration) { self = .nanoseconds(duration.nanoseconds) }
}
