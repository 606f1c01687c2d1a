import Codecs
import Foundation
import ReferenceAS

#if LocalEngine
    import LocalEngine
#endif

/// WAV files of what is to be said, in the temporary folder.
enum SpokenFiles {
    /// - Throws: ``SystemError`` in a build without the local engine.
    static func make(_ texts: [String]) throws -> [String] {
        guard !texts.isEmpty else { return [] }
        #if LocalEngine
            return try texts.map { text in
                let speech = LocalSpeech.synthesize(text: text, voice: .rms)
                let url = FileManager.default.temporaryDirectory.appendingPathComponent(
                    "sidetone-\(UUID().uuidString).wav")
                try Data(WAVAudio(sampleRate: speech.rate, samples: speech.samples).serialized()).write(to: url)
                return url.path
            }
        #else
            throw SystemError("this build has no speech synthesis (trait LocalEngine): use --play")
        #endif
    }
}
