import SIP
import Testing
import Timing

/// Peers that say they shed by themselves (RFC 7339).
@Suite("Overload control of peers is watched")
struct OverloadComplianceTests {
    private var compliance = OverloadCompliance()
    private var now = MonotonicTime.zero

    /// Sends at an even rate for some seconds.
    ///
    /// - Returns: How many requests the peer was trusted with in the last second.
    private mutating func run(
        _ perSecond: Int,
        seconds: Int = 3,
        loss: Int,
        peer: String = "192.0.2.1"
    ) -> Int {
        var trusted = 0
        for _ in 0..<seconds {
            trusted = 0
            for _ in 0..<perSecond {
                if compliance.trusts(peer, loss: loss, at: now) { trusted += 1 }
                now = now + .nanoseconds(1_000_000_000 / Int64(perSecond))
            }
        }
        return trusted
    }

    @Test("A peer that sends less is left to itself")
    mutating func compliant() {
        let trusted1 = run(100, loss: 0)
        #expect(trusted1 == 100)
        let trusted2 = run(50, seconds: 10, loss: 50)
        #expect(trusted2 == 50)
    }

    @Test("A peer that goes on as before is shed here after two seconds, until it sends less")
    mutating func ignorant() {
        let trusted3 = run(100, loss: 0)
        #expect(trusted3 == 100)
        let trusted4 = run(100, seconds: 1, loss: 50)
        #expect(trusted4 > 90)
        let trusted5 = run(100, seconds: 3, loss: 50)
        #expect(trusted5 == 0)
        let trusted6 = run(40, seconds: 3, loss: 50)
        #expect(trusted6 == 40)
    }

    @Test("When nobody is shed any more, it is trusted again")
    mutating func forgiven() {
        _ = run(100, loss: 0)
        let trusted7 = run(100, seconds: 4, loss: 50)
        #expect(trusted7 == 0)
        let trusted8 = run(100, seconds: 1, loss: 0)
        #expect(trusted8 == 100)
    }

    @Test("One that comes while others are shed is measured by its first second")
    mutating func late() {
        let trusted9 = run(100, seconds: 1, loss: 50)
        #expect(trusted9 == 100)
        let trusted10 = run(100, seconds: 3, loss: 50)
        #expect(trusted10 == 0)
    }

    @Test("A handful of requests says nothing")
    mutating func few() {
        _ = run(5, loss: 0)
        let trusted11 = run(5, seconds: 5, loss: 80)
        #expect(trusted11 == 5)
    }

    @Test("Peers beyond the limit are not watched, and not trusted")
    mutating func limit() {
        for number in 0..<1_024 { _ = compliance.trusts("peer\(number)", loss: 50, at: now) }
        let told = compliance.trusts("another", loss: 50, at: now)
        let untold = compliance.trusts("another", loss: 0, at: now)
        #expect(!told && untold)
        now = now + .seconds(3)
        let later = compliance.trusts("another", loss: 50, at: now)
        #expect(later)
    }
}
