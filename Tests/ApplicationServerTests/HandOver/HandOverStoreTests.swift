import ApplicationServer
import NIOCore
import Testing

@Suite("Records of hand-overs are kept for a while")
struct HandOverStoreTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func json(_ text: String) -> [UInt8] { Array("{\"callId\":\"\(text)\"}".utf8) }

    @Test("A record is found by its Call-ID until its time is over")
    func retention() {
        let store = HandOverStore(.init(retention: .seconds(60)))
        store.store(json("a"), callID: "a", at: start)
        #expect(store.json(callID: "a", at: start + .seconds(59)) == json("a"))
        #expect(store.json(callID: "b", at: start) == nil)
        #expect(store.json(callID: "a", at: start + .seconds(60)) == nil)
        #expect(store.count == 0)
    }

    @Test("The oldest goes when there are too many")
    func number() {
        let store = HandOverStore(.init(records: 3))
        for name in ["a", "b", "c", "d"] { store.store(json(name), callID: name, at: start) }
        #expect(store.count == 3)
        #expect(store.json(callID: "a", at: start) == nil)
        #expect(store.json(callID: "d", at: start) == json("d"))
    }

    @Test("The oldest goes when they are too large together; one that is too large alone is not kept")
    func octets() {
        let store = HandOverStore(.init(octets: 100))
        #expect(!store.store([UInt8](repeating: 0x20, count: 101), callID: "huge", at: start))
        for name in ["a", "b", "c"] { store.store([UInt8](repeating: 0x20, count: 40), callID: name, at: start) }
        #expect(store.json(callID: "a", at: start) == nil)
        #expect(store.json(callID: "b", at: start) != nil)
    }

    @Test("A later record of a call takes the place of the earlier one, and its time")
    func replaced() {
        let store = HandOverStore(.init(records: 2, octets: 1_000, retention: .seconds(60)))
        store.store(json("first"), callID: "a", at: start)
        for second in 1...10_000 {
            store.store(json("a\(second)"), callID: "b", at: start + .milliseconds(Int64(second)))
        }
        store.store(json("last"), callID: "a", at: start + .seconds(30))
        #expect(store.json(callID: "b", at: start + .seconds(69)) == json("a10000"))
        #expect(store.json(callID: "b", at: start + .seconds(71)) == nil)
        #expect(store.json(callID: "a", at: start + .seconds(80)) == json("last"))
        #expect(store.count == 1)
    }
}
