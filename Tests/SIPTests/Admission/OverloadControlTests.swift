import SIP
import Testing
import Timing

@Suite("Overload control")
struct OverloadControlTests {
    /// A server that handles `capacity` calls a second, in steps of 10 ms, with a queue before it.
    private struct Server {
        static let step = Duration.milliseconds(10)
        var control = OverloadControl()
        var now = MonotonicTime.zero
        var queue = 0.0
        let capacity = 500.0
        var admitted = 0
        var offered = 0.0

        /// - Parameter load: Offered calls in multiples of the capacity.
        mutating func run(_ load: Double, for time: Duration) {
            let end = now + time
            while now < end {
                now = now + Self.step
                offered += load * capacity * 0.01
                while offered >= 1 {
                    offered -= 1
                    if control.decide(from: 1, random: 3) == .admit {
                        queue += 1
                        admitted += 1
                    }
                }
                let busy = min(1, queue / (capacity * 0.01))
                queue = max(0, queue - capacity * 0.01)
                control.observe(latency: .seconds(queue / capacity), processor: busy, at: now)
            }
        }
    }

    @Test("The sequence begins where it is told to and grows by ten a second at most (RFC 7339 §4.4)")
    func sequence() {
        let start: UInt64 = 17_000_000_000
        var control = OverloadControl(sequence: start)
        var now = MonotonicTime.zero
        var tenths: UInt64 = 0
        var last = start
        for step in 0..<20_000 {
            // Slow and fast in turn, with a pause now and then.
            let pause: Int64 = step % 1_000 == 999 ? 5_000 : 7
            now = now + .milliseconds(pause)
            tenths = UInt64(now.nanoseconds / 100_000_000)
            control.observe(latency: .milliseconds(step / 100 % 2 == 0 ? 200 : 1), processor: 0.5, at: now)
            #expect(control.sequence >= last && control.sequence <= start + tenths)
            last = control.sequence
        }
        #expect(last > start + 100)
    }

    @Test("The sequence grows on as long as calls are refused, also where the share cannot fall any more")
    func sequenceAtTheFloor() {
        var control = OverloadControl()
        for tenth in 0..<200 {
            for _ in 0..<20 {
                control.observe(latency: .seconds(9), processor: 1, at: .zero + .milliseconds(tenth * 100))
            }
        }
        let before = control.sequence
        #expect(control.lossPercentage == 99)
        for tenth in 200..<210 {
            for _ in 0..<20 {
                control.observe(latency: .seconds(9), processor: 1, at: .zero + .milliseconds(tenth * 100))
            }
        }
        #expect(control.lossPercentage == 99)
        #expect(control.sequence == before + 10)
    }

    @Test("What refusals cost takes half of what the target leaves free before it takes calls")
    func refusals() {
        // So much of a processor for all calls that are offered, and for refusing all of them.
        func settled(calls: Double, refusals: Double) -> (calls: Double, all: Double) {
            var control = OverloadControl()
            var now = MonotonicTime.zero
            var used = (calls: 0.0, refusals: 0.0)
            for _ in 0..<20_000 {
                now = now + .milliseconds(5)
                used = (calls * control.share, refusals * (1 - control.share))
                control.observe(
                    latency: .milliseconds(1), processor: min(1, used.calls + used.refusals),
                    refusing: used.refusals, at: now)
            }
            return (used.calls, used.calls + used.refusals)
        }
        // At 1.5 times the capacity refusing is next to nothing; at 5 times it takes what is left for it.
        let light = settled(calls: 1.5, refusals: 0.03)
        #expect(abs(light.calls - 0.9) < 0.01)
        let heavy = settled(calls: 5, refusals: 0.12)
        #expect(abs(heavy.all - 0.95) < 0.01 && heavy.calls > 0.84)
    }

    @Test("Nobody is refused below capacity")
    func light() {
        var server = Server()
        server.run(0.8, for: .seconds(10))
        #expect(server.admitted == 4_000)
        #expect(!server.control.isShedding)
    }

    @Test("A step of load: within 2 s the queue is short, and goodput stays near the capacity", arguments: [2, 5, 10])
    func step(_ load: Int) {
        var server = Server()
        server.run(0.5, for: .seconds(5))
        server.run(Double(load), for: .seconds(2))
        #expect(server.queue / server.capacity < 0.2)
        let before = server.admitted
        server.run(Double(load), for: .seconds(20))
        let goodput = Double(server.admitted - before) / 20
        #expect(goodput > 0.8 * server.capacity, "\(goodput)")
        #expect(goodput < 1.02 * server.capacity, "\(goodput)")
        #expect(server.queue / server.capacity < 0.2)
    }

    @Test("When the load goes, everybody is admitted again within 5 s")
    func recovery() {
        var server = Server()
        server.run(10, for: .seconds(20))
        server.run(0.5, for: .seconds(5))
        #expect(server.control.share == 1)
    }

    @Test("A few slow messages refuse nobody")
    func hiccup() {
        var control = OverloadControl()
        for number in 0..<40 {
            let now = MonotonicTime.zero + .milliseconds(50 * number)
            control.observe(latency: .milliseconds(300), processor: 1, at: now)
        }
        #expect(!control.isShedding)
    }

    @Test("Retry-After is from 1 to 10")
    func retryAfter() {
        var server = Server()
        server.run(10, for: .seconds(5))
        var waits: Set<Int> = []
        for number in 0..<200 {
            if case .shed(let wait) = server.control.decide(from: 1, random: UInt64(number)) {
                waits.insert(wait)
            }
        }
        #expect(waits == Set(1...10))
    }

    @Test("What is never refused, and whose word for it counts")
    func classes() {
        var invite = SIPRequest(method: .invite, requestURI: "sip:bob@ims.example")
        invite.headers.append(.to, "<sip:bob@ims.example>")
        #expect(AdmissionClass(invite, isTrusted: true) == .sheddable)
        var inDialog = invite
        inDialog.headers.set(.to, "<sip:bob@ims.example>;tag=1")
        #expect(AdmissionClass(inDialog, isTrusted: false) == .served)
        var priority = invite
        priority.headers.append(.resourcePriority, "wps.0")
        #expect(AdmissionClass(priority, isTrusted: true) == .priority)
        #expect(AdmissionClass(priority, isTrusted: false) == .sheddable)
        var emergency = invite
        emergency.requestURI = "URN:service:SOS.police"
        #expect(AdmissionClass(emergency, isTrusted: true) == .priority)
        emergency.requestURI = "urn:service:sosx"
        #expect(AdmissionClass(emergency, isTrusted: true) == .sheddable)
        for method in [SIPMethod.ack, .bye, .cancel, .options] {
            #expect(AdmissionClass(SIPRequest(method: method, requestURI: "sip:a@b"), isTrusted: false) == .served)
        }
    }
}
