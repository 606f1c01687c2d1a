import Testing

@testable import IMS

@Suite("Sh data (TS 29.328 Annexes C and D)")
struct ShDataTests {
    private static func document(_ content: String) -> ProfileDocument {
        ProfileDocument(reading: "<Sh-Data>\n\(content)\n</Sh-Data>")
    }

    private static let complete = """
        <PublicIdentifiers><IMSPublicIdentity>sip:bob@ims.example</IMSPublicIdentity>
        <IMSPublicIdentity>tel:+15550100</IMSPublicIdentity><MSISDN>15550100</MSISDN></PublicIdentifiers>
        <RepositoryData><ServiceIndication>forwarding</ServiceIndication><SequenceNumber>65535</SequenceNumber>
        <ServiceData><cf:rule xmlns:cf="urn:cf" active="a &quot;b&quot; &amp; c">x &lt; y</cf:rule><plain/></ServiceData>
        </RepositoryData>
        <RepositoryData><ServiceIndication>none</ServiceIndication><SequenceNumber>0</SequenceNumber></RepositoryData>
        <Sh-IMS-Data><SCSCFName>sip:s-cscf.ims.example</SCSCFName>
        <IFCs><InitialFilterCriteria><Priority>3</Priority><ApplicationServer>
        <ServerName>sip:as.ims.example</ServerName></ApplicationServer></InitialFilterCriteria></IFCs>
        <IMSUserState>2</IMSUserState>
        <ChargingInformation><PrimaryEventChargingFunctionName>aaa://ecf.example</PrimaryEventChargingFunctionName>
        <SecondaryChargingCollectionFunctionName>aaa://ccf2.example</SecondaryChargingCollectionFunctionName>
        </ChargingInformation>
        <Extension><PSIActivation>1</PSIActivation><DSAI><DSAI-Tag>cdiv</DSAI-Tag><DSAI-Value>0</DSAI-Value></DSAI>
        <DSAI><DSAI-Tag>voicemail</DSAI-Tag><DSAI-Value>1</DSAI-Value></DSAI></Extension></Sh-IMS-Data>
        """

    @Test("Every value is read, and nothing is said against it")
    func values() throws {
        let document = Self.document(Self.complete)
        #expect(document.diagnostics == [])
        let data = try #require(document.shData)
        #expect(data.publicIdentities == ["sip:bob@ims.example", "tel:+15550100"])
        #expect(data.msisdns == ["15550100"])
        #expect(data.repositoryData.map(\.serviceIndication) == ["forwarding", "none"])
        #expect(data.repositoryData.map(\.sequenceNumber) == [65535, 0])
        #expect(
            data.repositoryData.map(\.serviceData) == [
                "<rule xmlns=\"urn:cf\" active=\"a &quot;b&quot; &amp; c\">x &lt; y</rule><plain></plain>", nil,
            ])
        #expect(data.servingCSCFName == "sip:s-cscf.ims.example")
        #expect(data.initialFilterCriteria?.map(\.priority) == [3])
        #expect(data.userState == .registeredUnregisteredServices)
        #expect(data.chargingInformation?.primaryEventChargingFunction == "aaa://ecf.example")
        #expect(data.chargingInformation?.secondaryEventChargingFunction == nil)
        #expect(data.chargingInformation?.secondaryChargingCollectionFunction == "aaa://ccf2.example")
        #expect(data.isPSIActive == true)
        #expect(
            data.dynamicServiceActivation == [
                .init(tag: "cdiv", isActive: true), .init(tag: "voicemail", isActive: false),
            ])
        #expect(document.subscription.serviceProfiles.first?.publicIdentities.count == 2)
    }

    @Test("What is written reads back as the same values, and validates")
    func roundTrip() throws {
        let data = try #require(Self.document(Self.complete).shData)
        let text = data.xml()
        let again = ProfileDocument(reading: text)
        #expect(again.diagnostics == [])
        #expect(again.shData?.xml() == text)
        var (before, after) = (data, try #require(again.shData))
        #expect(after.initialFilterCriteria?.count == 1)
        before.initialFilterCriteria = nil
        after.initialFilterCriteria = nil
        #expect(before == after)
        #expect(ProfileDocument(reading: ShData().xml()).shData == ShData())
    }

    @Test(
        "What the schema does not have is reported at its line",
        arguments: [
            ("<RepositoryData><SequenceNumber>1</SequenceNumber></RepositoryData>", ProfileRule.elementMissing),
            (
                "<RepositoryData><ServiceIndication>a</ServiceIndication><SequenceNumber>65536</SequenceNumber>"
                    + "</RepositoryData>", .valueInvalid
            ), ("<Sh-IMS-Data><IMSUserState>4</IMSUserState></Sh-IMS-Data>", .valueInvalid),
            ("<Sh-IMS-Data><IMSUserState>1</IMSUserState><SCSCFName>a</SCSCFName></Sh-IMS-Data>", .elementOrder),
            ("<Sh-IMS-Data><Extension><PSIActivation>x</PSIActivation></Extension></Sh-IMS-Data>", .valueInvalid),
            (
                "<Sh-IMS-Data><Extension><DSAI><DSAI-Tag>a</DSAI-Tag></DSAI></Extension></Sh-IMS-Data>",
                .elementMissing
            ), ("<Sh-IMS-Data><Nonsense/></Sh-IMS-Data>", .elementUnknown), ("<Nonsense/>", .elementUnknown),
        ])
    func findings(_ content: String, _ rule: ProfileRule) {
        let diagnostics = Self.document(content).diagnostics
        #expect(diagnostics.map(\.rule) == [rule])
        #expect(diagnostics.first?.location.line == 2)
    }

    @Test("Service data stays well-formed when its attributes lose their namespaces")
    func serviceDataAttributes() throws {
        let content =
            "<RepositoryData><ServiceIndication>a</ServiceIndication><SequenceNumber>1</SequenceNumber>"
            + "<ServiceData><x xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" a:n=\"1\" b:n=\"2\">t<y/></x></ServiceData></RepositoryData>"
        let data = try #require(Self.document(content).shData)
        #expect(data.repositoryData.first?.serviceData == "<x n=\"1\">t<y></y></x>")
        #expect(ProfileDocument(reading: data.xml()).shData == data)
    }

    @Test("Other documents are no Sh data")
    func otherRoots() {
        #expect(ProfileDocument(reading: Sample.profile([Sample.criterion()])).shData == nil)
    }
}
