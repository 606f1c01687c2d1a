import SIP
import Testing

@testable import IMS

@Suite("A broken criterion: everything is reported, nothing of it is evaluated")
struct BrokenCriterionTests {
    private static func rules(_ criterion: String) -> [String] {
        ProfileValidator(ProfileDocument(reading: criterion), isPortabilityChecked: false).diagnostics()
            .filter { $0.severity != .note }.map { "\($0.location.line) \($0.rule.id)" }
    }

    @Test("Each value of it is checked, in one run, at its line")
    func everyValue() {
        let document = """
            <InitialFilterCriteria>
            <Priority>-1</Priority>
            <TriggerPoint>
            <ConditionTypeCNF>yes</ConditionTypeCNF>
            <SPT><ConditionNegated>no</ConditionNegated><Group>0</Group><RequestURI>^sip:bob</RequestURI></SPT>
            <SPT><Group>x</Group><Method>invite</Method></SPT>
            <SPT><Group>0</Group><SIPHeader><Header></Header><Content> a</Content></SIPHeader></SPT>
            <SPT><Group>0</Group><Method>BYE</Method>
            <SIPHeader><Header>To</Header><Content>(a</Content></SIPHeader></SPT>
            <SPT><Group>0</Group><SessionDescription><Line>mm</Line></SessionDescription></SPT>
            </TriggerPoint>
            <ApplicationServer><ServerName>as</ServerName>
            <DefaultHandling>2</DefaultHandling></ApplicationServer>
            <ProfilePartIndicator>7</ProfilePartIndicator>
            </InitialFilterCriteria>
            """
        #expect(
            Self.rules(document) == [
                "2 ifc-value-invalid", "4 ifc-value-invalid", "5 ifc-value-invalid", "5 ifc-request-uri-scheme",
                "6 ifc-value-invalid", "6 ifc-method-case", "7 ifc-value-empty", "7 ifc-value-padded",
                "8 ifc-spt-test", "8 ifc-method-not-initial", "9 ifc-pattern-invalid", "10 ifc-line-letter",
                "12 ifc-server-name", "13 ifc-value-invalid", "14 ifc-value-invalid",
            ])
    }

    @Test("An element that occurs twice is read twice")
    func repeated() {
        let document = """
            <InitialFilterCriteria>
            <Priority>1</Priority>
            <Priority>x</Priority>
            <ApplicationServer><ServerName>sip:as.example</ServerName></ApplicationServer>
            <ApplicationServer><ServerName>nonsense</ServerName></ApplicationServer>
            </InitialFilterCriteria>
            """
        #expect(
            Self.rules(document) == [
                "3 ifc-element-repeated", "3 ifc-value-invalid", "5 ifc-element-repeated", "5 ifc-server-name",
            ])
    }

    @Test("Its priority counts as used")
    func priority() {
        let broken = Sample.criterion(server: "<ServerName>as</ServerName>")
        let diagnostics = ProfileValidator(ProfileDocument(reading: Sample.profile([broken, Sample.criterion()])))
            .diagnostics()
        #expect(diagnostics.map(\.rule).contains(.priorityDuplicate))
    }

    @Test("Evaluation leaves out that criterion and no other")
    func evaluation() throws {
        let broken = Sample.criterion(priority: 0, server: "<ServerName>as</ServerName>")
        let document = ProfileDocument(reading: Sample.profile([broken, Sample.criterion(priority: 1)]))
        let profile = try #require(document.subscription.serviceProfiles.first)
        let compiled = CompiledProfile(profile)
        #expect(compiled.orderedCriteria.map(\.priority) == [1])
        #expect(compiled.skipped.map(\.documentIndex) == [0])
        #expect(compiled.skipped.first?.readableTriggers.isEmpty == false)
    }
}
