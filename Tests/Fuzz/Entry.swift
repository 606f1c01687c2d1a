// What libFuzzer calls: the target's `fuzz`, and a trap where that is a hang.

import Glibc

/// Processor time that one input may take, of the thread, so that a busy machine is not taken for a hang.
private let limit = 50_000_000  // ns

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let began = processorTime()
    fuzz(UnsafeBufferPointer(start: start, count: count))
    let taken = processorTime() - began
    guard taken <= limit else { fatalError("a hang: \(taken / 1000) µs for \(count) octets") }
    return 0
}

private func processorTime() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
