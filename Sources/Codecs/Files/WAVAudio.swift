/// A WAV file as it plays on a leg: mono, signed 16 bit.
public struct WAVAudio: Sendable, Hashable {
    public static let sampleRates = [8_000, 16_000, 24_000, 48_000]

    public var sampleRate: Int
    public var samples: [Int16]

    public init(sampleRate: Int, samples: [Int16]) {
        self.sampleRate = sampleRate
        self.samples = samples
    }

    /// Reads a RIFF WAVE file. Chunks other than `fmt ` and `data` are passed over; a `data` chunk that claims more
    /// than is there, as writers of streams leave it, ends with the file.
    public init(parsing bytes: Span<UInt8>) throws(WAVError) {
        guard bytes.count >= 12, bytes.fourCC(at: 0) == "RIFF", bytes.fourCC(at: 8) == "WAVE" else { throw .notWAV }
        var rate: Int?
        var offset = 12
        while bytes.count - offset >= 8 {
            let name = bytes.fourCC(at: offset)
            let claimed = Int(bytes.littleEndian32(at: offset + 4))
            let start = offset + 8
            let length = min(claimed, bytes.count - start)
            if name == "fmt " {
                guard length >= 16 else { throw .truncated }
                rate = try Self.sampleRate(of: bytes.extracting(start..<start + length))
            } else if name == "data" {
                guard let rate else { throw .missingFormat }
                sampleRate = rate
                samples = []
                PCM16.decode(bytes.extracting(start..<start + length), into: &samples)
                return
            }
            offset = start + length + length & 1
        }
        throw .missingData
    }

    private static func sampleRate(of format: Span<UInt8>) throws(WAVError) -> Int {
        var tag = format.littleEndian16(at: 0)
        // WAVE_FORMAT_EXTENSIBLE carries the real tag at the head of its GUID.
        if tag == 0xFFFE, format.count >= 26 { tag = format.littleEndian16(at: 24) }
        guard tag == 1 else { throw .unsupportedEncoding(tag) }
        let channels = Int(format.littleEndian16(at: 2))
        guard channels == 1 else { throw .unsupportedChannels(channels) }
        let bits = Int(format.littleEndian16(at: 14))
        guard bits == 16 else { throw .unsupportedBits(bits) }
        let rate = Int(format.littleEndian32(at: 4))
        guard sampleRates.contains(rate) else { throw .unsupportedRate(rate) }
        return rate
    }

    /// The whole file.
    public func serialized() -> [UInt8] {
        var bytes = Self.header(sampleRate: sampleRate, sampleCount: samples.count)
        PCM16.encode(samples.span, into: &bytes)
        return bytes
    }

    /// Octets of ``header(sampleRate:sampleCount:)``; samples follow.
    public static let headerLength = 44

    /// The header of a file with `sampleCount` samples, those of all channels; sizes beyond 4 GiB saturate.
    public static func header(sampleRate: Int, sampleCount: Int, channels: Int = 1) -> [UInt8] {
        let dataLength = UInt32(clamping: sampleCount.multipliedReportingOverflow(by: 2).partialValue)
        var bytes: [UInt8] = []
        bytes.append(contentsOf: "RIFF".utf8)
        bytes.appendLittleEndian(UInt32(clamping: UInt64(dataLength) + 36))
        bytes.append(contentsOf: "WAVEfmt ".utf8)
        bytes.appendLittleEndian(UInt32(16))
        bytes.appendLittleEndian(UInt16(1))
        bytes.appendLittleEndian(UInt16(clamping: channels))
        bytes.appendLittleEndian(UInt32(clamping: sampleRate))
        bytes.appendLittleEndian(UInt32(clamping: sampleRate * 2 * channels))
        bytes.appendLittleEndian(UInt16(clamping: 2 * channels))
        bytes.appendLittleEndian(UInt16(16))
        bytes.append(contentsOf: "data".utf8)
        bytes.appendLittleEndian(dataLength)
        return bytes
    }
}

/// Why a file cannot be played.
public enum WAVError: Error, Sendable, Hashable, CustomStringConvertible {
    case notWAV
    case truncated
    case missingFormat
    case missingData
    case unsupportedEncoding(UInt16)
    case unsupportedChannels(Int)
    case unsupportedBits(Int)
    case unsupportedRate(Int)

    public var description: String {
        switch self {
        case .notWAV: "not a RIFF WAVE file"
        case .truncated: "its fmt chunk is too short"
        case .missingFormat: "its data comes before its format"
        case .missingData: "it has no data chunk"
        case .unsupportedEncoding(let tag): "its encoding is \(tag), not 1 (PCM)"
        case .unsupportedChannels(let count): "it has \(count) channels, not 1"
        case .unsupportedBits(let bits): "it has \(bits) bits a sample, not 16"
        case .unsupportedRate(let rate): "its rate is \(rate) Hz, not one of 8000, 16000, 24000, 48000"
        }
    }
}

extension Span where Element == UInt8 {
    func littleEndian16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) | UInt16(self[offset + 1]) << 8
    }

    func littleEndian32(at offset: Int) -> UInt32 {
        UInt32(littleEndian16(at: offset)) | UInt32(littleEndian16(at: offset + 2)) << 16
    }

    func fourCC(at offset: Int) -> String {
        extracting(offset..<offset + 4).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}

extension [UInt8] {
    fileprivate mutating func appendLittleEndian(_ value: UInt16) {
        append(UInt8(truncatingIfNeeded: value))
        append(UInt8(truncatingIfNeeded: value >> 8))
    }

    fileprivate mutating func appendLittleEndian(_ value: UInt32) {
        appendLittleEndian(UInt16(truncatingIfNeeded: value))
        appendLittleEndian(UInt16(truncatingIfNeeded: value >> 16))
    }
}
