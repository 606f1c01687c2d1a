import Media

extension IncomingCall {
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
