import Media
import SIP

/// Why a call cannot be answered with media of ours.
enum MediaObstacle: Sendable {
    /// It lies in what the caller offers or requires: the status is for the caller.
    case refused(StatusCode, SIPHeaders)
    /// It lies with us: somebody else may take the call.
    case failed

    /// What is said to the fallback of a call without media of ours.
    static let reason = "media-failed"
}

extension IncomingCall {
    /// Makes the media ready as ``prepareMedia()`` does, with a line for the record when that cannot be.
    ///
    /// - Returns: `nil` if the call can be answered.
    func mediaObstacle() async -> MediaObstacle? {
        do {
            try await prepareMedia()
            return nil
        } catch CallError.notAcceptable(let reason) {
            await note("offer-refused", reason)
            return .refused(.notAcceptableHere, SIPHeaders())
        } catch CallError.unsupportedExtensions(let options) {
            return .refused(.badExtension, CallCore.unsupported(options))
        } catch {
            await note(MediaObstacle.reason, "\(error)")
            return .failed
        }
    }

    /// Lets go of a call that its service cannot take.
    ///
    /// - Parameters:
    ///   - fallback: `nil`: 503.
    ///   - format: Of what goes along.
    ///   - variables: Findings so far, which go along as well.
    consuming func fallBack(
        to fallback: EngineFallback?,
        handOver format: HandOverFormat,
        because reason: String,
        variables: [String: String] = [:]
    ) async {
        if let target = fallback?.routeTarget {
            await route(to: target, handOver: format, because: reason, variables: variables)
        } else if let targets = fallback?.forwardTargets {
            await forward(to: targets)
        } else {
            await reject(.serviceUnavailable, retryAfter: Int.random(in: 1...10))
        }
    }
}

extension AnsweredCall {
    /// Records the call into files of its own, named by its media session, until the media is released.
    func record(into directory: String, as layout: RecordingLayout) async throws {
        let name = core.session.rawValue.filter { $0.isLetter || $0.isNumber || $0 == "-" }
        switch layout {
        case .separate:
            try await record(received: "\(directory)/\(name)-caller.wav", sent: "\(directory)/\(name)-engine.wav")
        case .stereo:
            try await record(.stereo("\(directory)/\(name).wav"))
        }
    }
}
