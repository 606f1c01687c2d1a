import SIP
import Testing
import Timing

@Suite("What is remembered of names and targets")
struct ResolutionMemoryTests {
    private static let question = DNSQuestion("a.example", .a)

    private func time(_ seconds: Int64) -> MonotonicTime { MonotonicTime.zero + .seconds(seconds) }

    @Test("An answer is used until its lifetime is over, an empty one too")
    func lifetimes() {
        var cache = DNSCache()
        cache.insert([.address("192.0.2.1")], for: Self.question, lifetime: .seconds(10), at: time(0))
        #expect(cache.records(for: Self.question, at: time(9)) == [.address("192.0.2.1")])
        #expect(cache.records(for: Self.question, at: time(10)) == nil)
        cache.insert([], for: Self.question, lifetime: .seconds(10), at: time(20))
        #expect(cache.records(for: Self.question, at: time(29)) == [])
        cache.insert([.address("192.0.2.1")], for: DNSQuestion("b", .a), lifetime: .zero, at: time(0))
        #expect(cache.records(for: DNSQuestion("b", .a), at: time(0)) == nil)
    }

    @Test("The cache keeps no more answers than it may, and the new one always")
    func capacity() {
        var cache = DNSCache(capacity: 8)
        for index in 0..<100 {
            let question = DNSQuestion("host\(index)", .a)
            cache.insert([], for: question, lifetime: .seconds(60), at: time(0))
            #expect(cache.records(for: question, at: time(1)) != nil)
        }
        #expect(cache.count == 8)
    }

    @Test("A failed target comes last until its time is over or it answers")
    func health() {
        let targets = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map {
            ResolvedTarget(transport: .udp, address: $0, port: 5_060)
        }
        var health = TargetHealth()
        health.failed(targets[0], for: .seconds(20), at: time(0))
        #expect(health.ordered(targets, at: time(19)) == [targets[1], targets[2], targets[0]])
        #expect(health.ordered(targets, at: time(20)) == targets)
        health.failed(targets[1], at: time(20))
        health.succeeded(targets[1])
        #expect(health.ordered(targets, at: time(21)) == targets)
    }

    @Test("Names compare without case and without the dot at the end")
    func questions() {
        #expect(DNSQuestion("A.Example.", .srv) == DNSQuestion("a.example", .srv))
    }
}
