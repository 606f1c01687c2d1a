/// The table of contents of a payload of AMR or AMR-WB: which frames lie in it and where.
///
/// Both forms are read: octet-aligned, where everything begins with an octet, and bandwidth-efficient, where the bits
/// follow on each other. Checksums, robust sorting and interleaving are refused when a session is set up.
///
/// Source: RFC 4867 §4.3 and §4.4.
public struct AMRPayload: Sendable {
    /// Frames of 20 ms that a payload may hold: 240 ms, which nobody exceeds for speech.
    public static let maximumFrames = 12

    /// The mode that the sender wants to receive; `nil` if it does not say.
    public let modeRequest: UInt8?
    /// 1...``maximumFrames``.
    public let count: Int
    private let band: AMRBand
    private let isOctetAligned: Bool
    /// Five bits for each frame: its type and whether it is undamaged.
    private let entries: UInt64
    private let firstFrame: Int

    /// - Throws: ``CodecError/malformedPayload``: a reserved frame type, too many frames, or another length than the
    ///   table of contents says. The last is what a payload of the other form looks like, but for 4.75 kbit/s.
    public init(parsing payload: Span<UInt8>, band: AMRBand, isOctetAligned: Bool) throws(CodecError) {
        guard payload.count > 0 else { throw .malformedPayload }
        let length = payload.count * 8
        let request = UInt8(payload.bits(4, at: 0))
        var offset = isOctetAligned ? 8 : 4
        let width = isOctetAligned ? 8 : 6
        var entries: UInt64 = 0
        var count = 0
        var size = 0
        var isLast = false
        while !isLast {
            guard count < Self.maximumFrames, offset + width <= length else { throw .malformedPayload }
            let entry = payload.bits(6, at: offset)
            let type = UInt8(entry >> 1 & 0x0F)
            guard let bits = band.bits(ofFrameType: type) else { throw .malformedPayload }
            isLast = entry & 0x20 == 0
            entries |= UInt64(entry & 0x1F) << UInt64(5 * count)
            size += isOctetAligned ? (bits + 7) / 8 * 8 : bits
            offset += width
            count += 1
        }
        // Less than an octet of padding.
        guard offset + size <= length, length - offset - size < 8 else { throw .malformedPayload }
        modeRequest = request <= band.highestMode ? request : nil
        self.count = count
        self.band = band
        self.isOctetAligned = isOctetAligned
        self.entries = entries
        firstFrame = offset
    }

    /// - Parameter index: Below ``count``.
    public func frameType(at index: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: entries >> UInt64(5 * index + 1)) & 0x0F
    }

    /// Whether the frame came through the radio undamaged.
    ///
    /// - Parameter index: Below ``count``.
    public func isUndamaged(at index: Int) -> Bool {
        entries >> UInt64(5 * index) & 1 == 1
    }

    /// Appends a frame as it is stored in files and as decoders take it: an octet with the type, then the bits, the
    /// last octet filled up with zeros (RFC 4867 §5.3).
    ///
    /// - Parameters:
    ///   - index: Below ``count``.
    ///   - payload: What this was parsed from.
    public func appendFrame(_ index: Int, of payload: Span<UInt8>, to frame: inout [UInt8]) {
        var offset = firstFrame
        for earlier in 0..<index {
            let bits = band.bits(ofFrameType: frameType(at: earlier)) ?? 0
            offset += isOctetAligned ? (bits + 7) / 8 * 8 : bits
        }
        frame.append(frameType(at: index) << 3 | (isUndamaged(at: index) ? 0x04 : 0))
        var left = band.bits(ofFrameType: frameType(at: index)) ?? 0
        while left > 0 {
            let width = min(left, 8)
            frame.append(UInt8(truncatingIfNeeded: payload.bits(width, at: offset) << (8 - width)))
            offset += width
            left -= width
        }
    }

    /// Appends a payload that asks for no mode.
    ///
    /// - Parameter frames: One to ``maximumFrames`` frames in the form of ``appendFrame(_:of:to:)``, one after the
    ///   other.
    static func append(_ frames: Span<UInt8>, band: AMRBand, isOctetAligned: Bool, to payload: inout [UInt8]) {
        var writer = BitWriter(payload: payload)
        payload = []
        writer.append(isOctetAligned ? 0xF0 : 0x0F, bits: isOctetAligned ? 8 : 4)
        var start = 0
        while start < frames.count {
            let next = start + 1 + octets(of: frames[start], band)
            let isLast = next >= frames.count
            let entry = (isLast ? 0 : 0x80) | frames[start] & 0x7C
            if isOctetAligned { writer.append(entry, bits: 8) } else { writer.append(entry >> 2, bits: 6) }
            start = next
        }
        start = 0
        while start < frames.count {
            var left = band.bits(ofFrameType: frames[start] >> 3 & 0x0F) ?? 0
            if isOctetAligned { left = (left + 7) / 8 * 8 }
            let next = start + 1 + octets(of: frames[start], band)
            for index in start + 1..<max(min(next, frames.count), start + 1) {
                let width = min(left, 8)
                writer.append(frames[index] >> UInt8(8 - width), bits: width)
                left -= width
            }
            start = next
        }
        payload = writer.finish()
    }

    private static func octets(of header: UInt8, _ band: AMRBand) -> Int {
        ((band.bits(ofFrameType: header >> 3 & 0x0F) ?? 0) + 7) / 8
    }
}

extension Span where Element == UInt8 {
    /// Up to eight bits, the first of an octet being its highest; zeros beyond the end.
    ///
    /// - Parameter offset: In bits; not negative.
    func bits(_ width: Int, at offset: Int) -> UInt16 {
        let index = offset / 8
        let high: UInt16 = index < count ? UInt16(self[index]) << 8 : 0
        let low: UInt16 = index + 1 < count ? UInt16(self[index + 1]) : 0
        return ((high | low) << UInt16(offset % 8)) >> UInt16(16 - width)
    }
}

/// Puts bits together to octets, the highest first.
private struct BitWriter {
    private var octets: [UInt8]
    private var pending: UInt16 = 0
    private var width = 0

    init(payload: consuming [UInt8]) { octets = payload }

    /// - Parameter bits: How many of the lowest bits count; 1...8.
    mutating func append(_ value: UInt8, bits: Int) {
        pending = pending << UInt16(bits) | UInt16(value) & (1 << UInt16(bits) - 1)
        width += bits
        guard width >= 8 else { return }
        width -= 8
        octets.append(UInt8(truncatingIfNeeded: pending >> UInt16(width)))
    }

    consuming func finish() -> [UInt8] {
        if width > 0 { octets.append(UInt8(truncatingIfNeeded: pending << UInt16(8 - width))) }
        return octets
    }
}
