// What libFuzzer calls: the target's `fuzz`, and a trap where that is a hang.

import Glibc

/// Processor time that one input may take, of the thread, so that a busy machine is not taken for a hang.
private let limit = 50_000_000  // ns

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    var taken = timeTaken(by: input)
    // The time that a virtual processor stands still is counted as well: a hang is one each time.
    for _ in 0..<2 where taken > limit { taken = timeTaken(by: input) }
    guard taken <= limit else { fatalError("a hang: \(taken / 1000) µs for \(count) octets") }
    return 0
}

private func timeTaken(by input: UnsafeBufferPointer<UInt8>) -> Int {
    let began = processorTime()
    fuzz(input)
    return processorTime() - began
}

private func processorTime() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
