import HeapModule
import Timing

/// The nonce counts that were accepted, so that none is accepted twice (RFC 7616 §5.5).
///
/// Memory is bounded: beyond the limit the oldest nonce is forgotten, and with it every nonce as old becomes stale.
struct NonceCounts: Sendable {
    private struct Window: Sendable {
        var highest: UInt32
        /// Bit n: `highest - n` was seen.
        var seen: UInt64
    }

    private struct Entry: Comparable, Sendable {
        let nonce: DigestNonce
        static func < (left: Entry, right: Entry) -> Bool { left.nonce.issued < right.nonce.issued }
    }

    private let limit: Int
    private var windows: [DigestNonce: Window] = [:]
    private var ages = Heap<Entry>()

    init(limit: Int) {
        self.limit = max(limit, 1)
    }

    var count: Int { windows.count }

    /// Forgets nonces issued before `oldest`, which nobody accepts.
    mutating func expire(before oldest: MonotonicTime) {
        while let entry = ages.min, entry.nonce.issued < oldest {
            ages.removeMin()
            windows[entry.nonce] = nil
        }
    }

    /// - Returns: `false` for a count that was seen, lies 64 or more behind, or belongs to a nonce that was forgotten.
    mutating func accept(_ count: UInt32, of nonce: DigestNonce) -> Bool {
        guard var window = windows[nonce] else {
            if windows.count >= limit, let oldest = ages.min {
                // It may be one that was forgotten. Room for it comes only when it has expired itself.
                guard nonce.issued > oldest.nonce.issued else { return false }
                ages.removeMin()
                windows[oldest.nonce] = nil
            }
            windows[nonce] = Window(highest: count, seen: 1)
            ages.insert(Entry(nonce: nonce))
            return true
        }
        if count > window.highest {
            let step = count - window.highest
            window.seen = step < 64 ? window.seen << UInt64(step) | 1 : 1
            window.highest = count
        } else {
            let distance = window.highest - count
            guard distance < 64, window.seen >> UInt64(distance) & 1 == 0 else { return false }
            window.seen |= 1 << UInt64(distance)
        }
        windows[nonce] = window
        return true
    }
}
