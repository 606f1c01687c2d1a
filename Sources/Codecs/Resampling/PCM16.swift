/// Signed 16-bit little-endian samples as bytes.
public enum PCM16 {
    /// Appends a sample for each pair of bytes; an odd last byte is left out.
    public static func decode(_ bytes: Span<UInt8>, into samples: inout [Int16]) {
        let count = bytes.count / 2
        samples.append(addingCapacity: count) { output in
            for index in 0..<count {
                output.append(Int16(bitPattern: UInt16(bytes[2 * index]) | UInt16(bytes[2 * index + 1]) << 8))
            }
        }
    }

    /// Appends two bytes for each sample.
    public static func encode(_ samples: Span<Int16>, into bytes: inout [UInt8]) {
        bytes.append(addingCapacity: samples.count * 2) { output in
            for index in samples.indices {
                let sample = UInt16(bitPattern: samples[index])
                output.append(UInt8(truncatingIfNeeded: sample))
                output.append(UInt8(truncatingIfNeeded: sample >> 8))
            }
        }
    }
}

extension AudioFormat {
    /// Appends the samples that these bytes hold, at ``sampleRate``.
    public func decode(_ bytes: Span<UInt8>, into samples: inout [Int16]) {
        switch self {
        case .pcm16: PCM16.decode(bytes, into: &samples)
        case .pcmu: G711.mu.decode(bytes, into: &samples)
        case .pcma: G711.a.decode(bytes, into: &samples)
        }
    }

    /// Appends the bytes for samples at ``sampleRate``.
    public func encode(_ samples: Span<Int16>, into bytes: inout [UInt8]) {
        switch self {
        case .pcm16: PCM16.encode(samples, into: &bytes)
        case .pcmu: G711.mu.encode(samples, into: &bytes)
        case .pcma: G711.a.encode(samples, into: &bytes)
        }
    }

    /// The bytes of one sample.
    public var bytesPerSample: Int {
        switch self {
        case .pcm16: 2
        case .pcmu, .pcma: 1
        }
    }
}
