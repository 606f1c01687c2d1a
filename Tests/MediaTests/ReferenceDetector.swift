import Foundation
import Glibc

/// The DTMF receiver of the library spandsp, opened at run time where it is installed: something to compare with.
final class ReferenceDetector {
    private typealias Make = @convention(c) (OpaquePointer?, OpaquePointer?, OpaquePointer?) -> OpaquePointer?
    private typealias Feed = @convention(c) (OpaquePointer?, UnsafePointer<Int16>, Int32) -> Int32
    private typealias Take = @convention(c) (OpaquePointer?, UnsafeMutablePointer<CChar>, Int32) -> Int
    private typealias Free = @convention(c) (OpaquePointer?) -> Int32

    private struct Functions: @unchecked Sendable {
        var make: Make
        var feed: Feed
        var take: Take
        var free: Free

        init?() {
            guard let library = dlopen("libspandsp.so.2", RTLD_NOW),
                let make = dlsym(library, "dtmf_rx_init"), let feed = dlsym(library, "dtmf_rx"),
                let take = dlsym(library, "dtmf_rx_get"), let free = dlsym(library, "dtmf_rx_free")
            else { return nil }
            self.make = unsafeBitCast(make, to: Make.self)
            self.feed = unsafeBitCast(feed, to: Feed.self)
            self.take = unsafeBitCast(take, to: Take.self)
            self.free = unsafeBitCast(free, to: Free.self)
        }
    }

    private static let functions = Functions()
    static var isInstalled: Bool { functions != nil }

    /// The digits in samples at 8 kHz.
    static func digits(in samples: [Int16]) -> String {
        guard let functions, let state = functions.make(nil, nil, nil) else { return "" }
        defer { _ = functions.free(state) }
        var digits = ""
        var buffer = [CChar](repeating: 0, count: 129)
        for start in stride(from: 0, to: samples.count, by: 160) {
            let frame = Array(samples[start..<min(start + 160, samples.count)])
            _ = functions.feed(state, frame, Int32(frame.count))
            let count = functions.take(state, &buffer, 128)
            digits += String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return digits
    }
}
