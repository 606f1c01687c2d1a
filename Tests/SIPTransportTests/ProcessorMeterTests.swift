import Glibc
import Testing
import Timing

@testable import SIPTransport

@Suite("What a thread uses of its processor")
struct ProcessorMeterTests {
    /// Works until the thread has used so much more of the processor.
    private func work(nanoseconds: Int) {
        func used() -> Int {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return time.tv_sec * 1_000_000_000 + time.tv_nsec
        }
        let end = used() + nanoseconds
        while used() < end {}
    }

    @Test("A part of what is measured counts as refusing, and only of the last measure")
    func refusing() {
        var meter = ProcessorMeter()
        work(nanoseconds: 1_000_000)
        meter.update(at: .zero + .milliseconds(100))
        meter.measure {
            work(nanoseconds: 10_000_000)
            return 0.5
        }
        meter.update(at: .zero + .milliseconds(200))
        // The thread's own time, so that others on the machine do not matter.
        #expect(meter.share >= 0.1)
        #expect(meter.refusing <= meter.share / 2 && meter.refusing >= 0.05)
        work(nanoseconds: 1_000_000)
        meter.update(at: .zero + .milliseconds(250))
        #expect(meter.refusing >= 0.05, "the measure is not 100 ms old")
        meter.update(at: .zero + .milliseconds(300))
        #expect(meter.refusing == 0 && meter.share > 0)
    }

    @Test("A part is 0 to 1, and refusing is no more than all", arguments: [(-1.0, 0.0), (3.0, 1.0)])
    func bounds(_ part: Double, _ counted: Double) {
        var meter = ProcessorMeter()
        work(nanoseconds: 1_000_000)
        meter.update(at: .zero + .milliseconds(100))
        meter.measure {
            work(nanoseconds: 5_000_000)
            return part
        }
        meter.update(at: .zero + .milliseconds(200))
        #expect(meter.refusing <= meter.share * counted)
    }
}
