import ApplicationServer
import Testing

@testable import ReferenceAS

@Suite("What becomes of callers in and after transfers")
struct TransferSettingsTests {
    @Test("People for a caller whose engine is lost, each with a time to ring or without")
    func rescue() throws {
        let text = """
            fallback:
              pbx:
                uri: "sip:queue@pbx.example"
                rescue:
                  next: ["20s sip:desk@pbx.example", "tel:+41441112233"]
                  ringTime: 45s
                  announcement: /var/lib/sorry.wav
            """
        let rescue = try #require(try read(text).configuration.fallback["pbx"]?.rescue)
        #expect(
            rescue.next == [
                .init("sip:desk@pbx.example", ringTime: .seconds(20)), .init("tel:+41441112233"),
            ])
        #expect(rescue.ringTime == .seconds(45))
        #expect(rescue.announcement == "/var/lib/sorry.wav")
    }

    @Test("No URI, or no time before it", arguments: ["desk", "soon sip:desk@pbx.example", "20s", "20s http://x", ""])
    func noTarget(_ target: String) {
        let text = "fallback: { pbx: { uri: \"sip:q@x\", rescue: { next: [\"\(target)\"] } } }"
        #expect(errors(text).contains { $0.contains("fallback.pbx.rescue.next") })
    }

    @Test("Callers come back to an engine only, and releases have their time")
    func refused() {
        func refusals(_ transfer: String) -> [String] {
            errors("services: [{ name: a, type: announcement, sounds: [\"file:/a\"], transfer: { \(transfer) } }]")
        }
        #expect(refusals("afterTarget: return").contains { $0.contains("only a service with an engine") })
        #expect(refusals("releaseRetry: 2h").contains { $0.contains("transfer.releaseRetry") })
    }

    @Test("Targets by the S-CSCF, if it is known")
    func route() throws {
        let services = "services: [{ name: sales, engine: local, transfer: { route: s-cscf } }]"
        #expect(errors(services).contains { $0.contains("transfer.route") && $0.contains("outbound.servingCSCF") })
        let outbound = "outbound: { servingCSCF: \"sip:scscf.example\", servedUser: \"sip:bank@ims.example\" }"
        let transfer = try #require(try read("\(outbound)\n\(services)").configuration.services.first)
            .assistant.onward.transfer
        #expect(transfer.route == .servingCSCF)
    }

    @Test("After the target, and out of a relay")
    func after() throws {
        let text = """
            services:
              - name: sales
                engine: local
                transfer: { afterTarget: return, releaseRetry: 30s }
            """
        let transfer = try #require(try read(text).configuration.services.first).assistant.onward.transfer
        #expect(transfer.afterTarget == .returnToService)
        #expect(transfer.releaseRetry == .seconds(30))
    }
}
