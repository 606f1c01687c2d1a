import ApplicationServer

/// Answers, plays a file, hangs up.
struct Announcement: CallService {
    let file: String

    func handle(_ call: consuming IncomingCall) async throws {
        let answered = try await call.answer()
        do {
            try await answered.play(file: file)
        } catch {
            await answered.note("announcement-failed", "\(error)")
            await answered.hangUp()
        }
        for await event in answered.events {
            if case .media(.playbackFinished) = event { await answered.hangUp() }
        }
    }
}
