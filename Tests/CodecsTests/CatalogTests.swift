import Codecs
import Testing

@Suite("Codec catalogue")
struct CatalogTests {
    @Test(
        "Codecs by the rtpmap of their RFC, whatever the case",
        arguments: [
            ("PCMA", 8_000, 1, 8_000), ("pcmu", 8_000, 1, 8_000), ("G722", 8_000, 1, 16_000),
            ("L16", 16_000, 1, 16_000),
            ("opus", 48_000, 2, 16_000), ("AMR", 8_000, 1, 8_000), ("amr-wb", 16_000, 1, 16_000),
        ])
    func known(_ name: String, _ clockRate: Int, _ channels: Int, _ sampleRate: Int) throws {
        let codec = try CodecCatalog.codec(named: name, clockRate: clockRate, channels: channels)
        #expect(codec.sampleRate == sampleRate)
        #expect(codec.clockRate == clockRate)
        #expect(CodecCatalog.encodingNames.contains { $0.lowercased() == name.lowercased() })
    }

    @Test(
        "What is no codec of this build is refused",
        arguments: [
            ("PCMA", 16_000, 1), ("PCMU", 8_000, 2), ("G722", 16_000, 1), ("EVS", 16_000, 1), ("opus", 48_000, 1),
            ("", 0, 0),
        ])
    func unknown(_ name: String, _ clockRate: Int, _ channels: Int) {
        #expect(throws: CodecError.unsupported(name: name, clockRate: clockRate)) {
            _ = try CodecCatalog.codec(named: name, clockRate: clockRate, channels: channels)
        }
    }
}
