import Testing

@testable import IMS

@Suite("Reading profile documents")
struct ProfileReadingTests {
    @Test("Every element of a subscription is read")
    func everything() throws {
        let document = ProfileDocument(
            reading: """
                <?xml version="1.0" encoding="UTF-8"?>
                <IMSSubscription>
                  <PrivateID>alice@ims.example</PrivateID>
                  <ServiceProfile>
                    <PublicIdentity>
                      <BarringIndication>true</BarringIndication>
                      <Identity>sip:chat-1@ims.example</Identity>
                      <Extension>
                        <IdentityType>2</IdentityType><WildcardedPSI>sip:chat-!.*!@ims.example</WildcardedPSI>
                        <Extension><DisplayName>Chat &amp; more</DisplayName><Extension>
                          <ServicePriorityLevel>3</ServicePriorityLevel>
                          <MaxNumOfAllowedSimultRegistrations>2</MaxNumOfAllowedSimultRegistrations>
                        </Extension></Extension>
                      </Extension>
                    </PublicIdentity>
                    <CoreNetworkServicesAuthorization><SubscribedMediaProfileId>7</SubscribedMediaProfileId>
                      <Extension><ListOfServiceIds><ServiceId>a</ServiceId><ServiceId>b</ServiceId></ListOfServiceIds>
                      </Extension></CoreNetworkServicesAuthorization>
                    <InitialFilterCriteria>
                      <Priority>5</Priority>
                      <TriggerPoint><ConditionTypeCNF>0</ConditionTypeCNF>
                        <SPT><ConditionNegated>1</ConditionNegated><Group>0</Group><Group>2</Group>
                          <Method>REGISTER</Method>
                          <Extension><RegistrationType>0</RegistrationType><RegistrationType>2</RegistrationType>
                          </Extension></SPT>
                        <SPT><Group>1</Group><SIPHeader><Header>From</Header></SIPHeader></SPT>
                        <SPT><Group>1</Group><SessionDescription><Line>m</Line><Content>audio</Content>
                          </SessionDescription></SPT>
                      </TriggerPoint>
                      <ApplicationServer><ServerName>sip:as.ims.example</ServerName>
                        <DefaultHandling>1</DefaultHandling><ServiceInfo>info</ServiceInfo>
                        <Extension><IncludeRegisterRequest/><IncludeRegisterResponse/></Extension>
                      </ApplicationServer>
                      <ProfilePartIndicator>1</ProfilePartIndicator>
                    </InitialFilterCriteria>
                    <Extension><SharedIFCSetID>4</SharedIFCSetID><SharedIFCSetID>9</SharedIFCSetID></Extension>
                  </ServiceProfile>
                  <other:Thing xmlns:other="urn:other"/>
                </IMSSubscription>
                """)
        #expect(document.diagnostics.isEmpty)
        #expect(document.root == .imsSubscription)
        #expect(document.subscription.privateID == "alice@ims.example")
        let profile = try #require(document.subscription.serviceProfiles.first)
        let identity = try #require(profile.publicIdentities.first)
        #expect(identity.isBarred)
        #expect(identity.type == .wildcardedPSI)
        #expect(identity.wildcardedIdentity == "sip:chat-!.*!@ims.example")
        #expect(identity.displayName == "Chat & more")
        #expect(identity.servicePriorityLevel == 3)
        #expect(identity.maximumSimultaneousRegistrations == 2)
        #expect(profile.subscribedMediaProfileID == 7)
        #expect(profile.serviceIDs == ["a", "b"])
        #expect(profile.sharedIFCSetIDs == [4, 9])
        let criterion = try #require(profile.initialFilterCriteria.first)
        #expect(criterion.priority == 5)
        #expect(criterion.profilePart == .unregistered)
        #expect(criterion.applicationServer.defaultHandling == .sessionTerminated)
        #expect(criterion.applicationServer.serviceInfo == "info")
        #expect(criterion.applicationServer.includesRegisterRequest)
        #expect(criterion.applicationServer.includesRegisterResponse)
        let trigger = try #require(criterion.triggerPoint)
        #expect(!trigger.isConjunctiveNormalForm)
        #expect(trigger.servicePointTriggers.map(\.groups) == [[0, 2], [1], [1]])
        #expect(trigger.servicePointTriggers.map(\.isNegated) == [true, false, false])
        #expect(
            trigger.servicePointTriggers.map(\.test) == [
                .method("REGISTER", registrationTypes: [.initial, .deRegistration]),
                .sipHeader(name: "From", content: nil), .sessionDescription(line: "m", content: "audio"),
            ])
    }

    @Test("Sh data and fragments hold criteria too")
    func roots() {
        let criterion = Sample.criterion()
        let sh = """
            <Sh-Data><PublicIdentifiers><IMSPublicIdentity>sip:a@b.example</IMSPublicIdentity></PublicIdentifiers>
            <Sh-IMS-Data><IFCs>\(criterion)\(Sample.criterion(priority: 1))</IFCs></Sh-IMS-Data></Sh-Data>
            """
        let document = ProfileDocument(reading: sh)
        #expect(document.root == .shData)
        #expect(document.subscription.serviceProfiles.first?.publicIdentities.map(\.identity) == ["sip:a@b.example"])
        #expect(document.subscription.serviceProfiles.first?.initialFilterCriteria.count == 2)
        for (root, text) in [
            (ProfileDocument.Root.ifcs, "<IFCs>\(criterion)</IFCs>"), (.initialFilterCriteria, criterion),
            (.serviceProfile, "<ServiceProfile>\(criterion)</ServiceProfile>"),
        ] {
            let fragment = ProfileDocument(reading: text)
            #expect(fragment.root == root)
            #expect(fragment.subscription.serviceProfiles.first?.initialFilterCriteria.count == 1)
            #expect(fragment.diagnostics.map(\.rule) == [.fragment])
        }
    }

    @Test("A broken criterion costs that criterion only")
    func brokenCriterion() throws {
        let document = ProfileDocument(
            reading: Sample.profile([
                Sample.criterion(priority: 0),
                Sample.criterion().replacingFirst("<Priority>0", with: "<Priority>first"),
                Sample.criterion(priority: 2, spt: "<SPT><Group>0</Group></SPT>"),
                Sample.criterion(priority: 3),
            ]))
        let profile = try #require(document.subscription.serviceProfiles.first)
        #expect(profile.initialFilterCriteria.map(\.documentIndex) == [0, 3])
        #expect(profile.brokenCriteria.map(\.documentIndex) == [1, 2])
        #expect(profile.brokenCriteria.map(\.priority) == [nil, 2])
    }

    @Test("Documents in UTF-16 and ISO-8859-1 read like UTF-8")
    func encodings() {
        let body = "<IMSSubscription><PrivateID>jürgen@ims.example</PrivateID></IMSSubscription>"
        let latin =
            Array("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>".utf8)
            + body.unicodeScalars.map { UInt8($0.value) }
        let declared = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>" + body
        let units = Array(declared.utf16)
        let little: [UInt8] = [0xFF, 0xFE] + units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let big: [UInt8] = [0xFE, 0xFF] + units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        for bytes in [Array(body.utf8), [0xEF, 0xBB, 0xBF] + Array(body.utf8), latin, little, big] {
            #expect(ProfileDocument(reading: bytes).subscription.privateID == "jürgen@ims.example")
        }
        let unknown = ProfileDocument(reading: "<?xml version=\"1.0\" encoding=\"EBCDIC\"?><IMSSubscription/>")
        #expect(unknown.diagnostics.map(\.rule) == [.xmlEncoding])
    }

    @Test("What HSSs write that is not quite XML is read and reported at its place")
    func repairs() {
        let document = ProfileDocument(
            reading: """
                <!-- exported -->
                <?xml version="1.0"?>
                <IMSSubscription>
                  <PrivateID>a&b@ims.example</PrivateID>
                  <!-- R&D --><Extension>&amp;<![CDATA[x & y]]></Extension>
                </IMSSubscription>
                """)
        #expect(document.subscription.privateID == "a&b@ims.example")
        #expect(document.diagnostics.map(\.rule) == [.xmlLateDeclaration, .xmlAmpersand, .elementMissing])
        #expect(document.diagnostics.map(\.location.line) == [2, 4, 3])
        #expect(document.diagnostics[1].location.column == 15)
    }
}

@Suite("Hostile documents")
struct HostileDocumentTests {
    private func rules(_ text: String) -> [ProfileRule] { ProfileDocument(reading: text).diagnostics.map(\.rule) }

    @Test("A document type is refused before the parser sees it")
    func documentType() {
        let bomb = """
            <?xml version="1.0"?><!-- x -->
            <!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
            <!ENTITY c SYSTEM "file:///etc/passwd">]>
            <IMSSubscription><PrivateID>&b;&c;</PrivateID></IMSSubscription>
            """
        let document = ProfileDocument(reading: bomb)
        #expect(document.diagnostics.map(\.rule) == [.xmlDoctype])
        #expect(document.diagnostics.first?.location.line == 2)
        #expect(!document.isReadable)
        #expect(rules("<!DOCTYPE x><IMSSubscription/>") == [.xmlDoctype])
        #expect(rules("<IMSSubscription><PrivateID>&undeclared;</PrivateID></IMSSubscription>") == [.xmlSyntax])
    }

    @Test("Size, depth, attributes and elements are bounded")
    func limits() {
        let deep = String(repeating: "<a>", count: 100_00)
        #expect(rules(deep) == [.xmlLimit])
        #expect(rules(String(repeating: "<a>", count: 64) + String(repeating: "</a>", count: 64)) == [.rootUnknown])
        #expect(rules(String(repeating: "<a>", count: 65) + String(repeating: "</a>", count: 65)) == [.xmlLimit])
        #expect(rules("<a>" + String(repeating: " ", count: 262_144) + "</a>") == [.xmlLimit])
        #expect(rules("<a>" + String(repeating: "<b/>", count: 20_000) + "</a>") == [.xmlLimit])
        let attributes = (0..<65).map { "a\($0)=''" }.joined(separator: " ")
        #expect(rules("<IMSSubscription \(attributes)/>") == [.xmlLimit])
    }

    @Test(
        "What is not well-formed is an error with a place",
        arguments: ["", "   ", "plain", "<a>", "<a></b>", "<a b=></a>", "<a>\u{1}</a>", "<IMSSubscription/><b/>", "<"])
    func notWellFormed(_ text: String) throws {
        let document = ProfileDocument(reading: text)
        let diagnostic = try #require(document.diagnostics.first)
        #expect(diagnostic.rule == .xmlSyntax)
        #expect(diagnostic.location.line >= 1 && diagnostic.location.column >= 1)
    }

    @Test("No prefix of a document and no changed byte makes the reader trap")
    func mutations() {
        let bytes = Array(Sample.profile([Sample.criterion(), Sample.criterion(priority: 1)]).utf8)
        for length in stride(from: 0, to: bytes.count, by: 3) {
            _ = ProfileValidator(ProfileDocument(reading: Array(bytes[..<length]))).diagnostics()
        }
        for index in stride(from: 0, to: bytes.count, by: 5) {
            for byte: UInt8 in [0x00, 0x26, 0x3C, 0x3E, 0x80, 0xFF] {
                var changed = bytes
                changed[index] = byte
                _ = ProfileValidator(ProfileDocument(reading: changed)).diagnostics()
            }
        }
    }
}

/// Documents that tests vary.
enum Sample {
    static func criterion(
        priority: Int = 0, cnf: Int = 1, spt: String = "<SPT><Group>0</Group><Method>INVITE</Method></SPT>",
        server: String = "<ServerName>sip:as.ims.example</ServerName>", part: String = ""
    ) -> String {
        """
        <InitialFilterCriteria>
        <Priority>\(priority)</Priority>
        <TriggerPoint><ConditionTypeCNF>\(cnf)</ConditionTypeCNF>
        \(spt)
        </TriggerPoint>
        <ApplicationServer>\(server)</ApplicationServer>
        \(part)
        </InitialFilterCriteria>
        """
    }

    /// The first criterion begins on line 5.
    static func profile(_ criteria: [String], identity: String = "sip:alice@ims.example") -> String {
        """
        <IMSSubscription>
        <PrivateID>alice@ims.example</PrivateID>
        <ServiceProfile>
        <PublicIdentity><Identity>\(identity)</Identity></PublicIdentity>
        \(criteria.joined(separator: "\n"))
        </ServiceProfile>
        </IMSSubscription>
        """
    }
}
