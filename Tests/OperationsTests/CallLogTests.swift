import Testing

@testable import ApplicationServer
@testable import ReferenceAS

@Suite("The steps of calls in the log")
struct CallLogTests {
    private static let entries = [
        CallRecord.Entry(milliseconds: 0, event: "invite", detail: "sip:bank@ims.example for sip:alice@ims.example"),
        CallRecord.Entry(milliseconds: 812.7, event: "caller-said", detail: "my number is four two"),
        CallRecord.Entry(milliseconds: 900, event: "filler", detail: ""),
    ]

    private static func lines(mask: IdentityMask?, debug: Bool = true) -> [[String: String]] {
        let lines = LogLines()
        var logger = lines.logger
        logger.logLevel = debug ? .debug : .info
        let log = CallLog(mask: mask, logger: logger)
        for entry in entries { log.call("1@a", did: entry) }
        return lines.all.map(\.metadata)
    }

    @Test("Who took part and what was said is hidden, the timeline is not")
    func masked() {
        let lines = Self.lines(mask: IdentityMask())
        #expect(lines.map { $0["call.event"] } == ["invite", "caller-said", "filler"])
        #expect(lines.map { $0["call.ms"] } == ["0", "812", "900"])
        #expect(lines.allSatisfy { $0["sip.call_id"] == "1@a" })
        #expect(lines[0]["call.detail"]?.contains("@ims.example") == true)
        #expect(!"\(lines)".contains("alice") && !"\(lines)".contains("four two"))
        #expect(lines[2]["call.detail"] == nil)
    }

    @Test("An operator may have it whole, and has nothing of it above level debug")
    func whole() {
        #expect(Self.lines(mask: nil)[1]["call.detail"] == "my number is four two")
        #expect(Self.lines(mask: nil, debug: false).isEmpty)
    }
}
