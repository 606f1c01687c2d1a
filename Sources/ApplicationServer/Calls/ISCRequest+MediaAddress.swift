import IMS
import SDP

extension ISCRequest {
    /// The address of the offered audio; `nil` without an offer that can be read.
    var mediaAddress: String? {
        guard let offer = sessionDescription, let description = try? SessionDescription(parsing: offer),
            let audio = description.activeAudio
        else { return nil }
        return description.connection(of: audio)?.address
    }
}
