import Media
import Timing

/// What a caller is played, in order and so many times.
public struct Announcement: Sendable, Hashable {
    public enum Sound: Sendable, Hashable {
        /// WAV file: mono, 16 bits, 8, 16, 24 or 48 kHz.
        case file(String)
        /// Rounded up to whole cadences; at most 75 s.
        case tone(CallProgressTone, Duration)
    }

    public var sounds: [Sound]
    public var times: Int
    /// It ends after so long, whatever is left of it.
    public var limit: Duration

    public init(_ sounds: [Sound], times: Int = 1, limit: Duration = .seconds(120)) {
        self.sounds = sounds
        self.times = times
        self.limit = limit
    }
}

extension CallCore {
    /// Returns when the last of it has been heard, its time is over, or the media was given back.
    ///
    /// - Throws: A file that cannot be read.
    nonisolated func play(_ announcement: Announcement) async throws(MediaPlaneError) {
        let start = server.now
        for _ in 0..<max(announcement.times, 0) {
            do throws(MediaPlaneError) {
                for sound in announcement.sounds { try await play(sound) }
            } catch .unknownSession {
                return
            }
            let left = announcement.limit - (server.now - start)
            await media.drainPlayback(session, atMost: left)
            guard server.now - start < announcement.limit else { break }
        }
        await media.stopPlayback(session)
    }

    /// Plays one sound after what is queued already.
    nonisolated func play(_ sound: Announcement.Sound) async throws(MediaPlaneError) {
        switch sound {
        case .file(let path): try await media.play(file: path, .announcement, on: session, as: nil)
        case .tone(let tone, let duration): try await media.play(tone: tone, for: duration, on: session, as: nil)
        }
    }
}

extension AnsweredCall {
    /// Plays an announcement; returns when it has been heard, or the call is over.
    ///
    /// - Throws: A file that cannot be read.
    public nonisolated func play(_ announcement: Announcement) async throws {
        try await core.play(announcement)
    }
}
