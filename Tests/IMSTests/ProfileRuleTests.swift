import Testing

@testable import IMS

@Suite("Validation rules")
struct ProfileRuleTests {
    private func found(_ document: String) -> [ProfileDiagnostic] {
        // All criteria of these documents have the same server; that is another test's business.
        ProfileValidator(ProfileDocument(reading: document), isPortabilityChecked: false).diagnostics()
            .filter { $0.rule != .serverRepeated }
    }

    private static func spt(_ test: String, group: Int = 0, negated: Int = 0, rest: String = "") -> String {
        "<SPT><ConditionNegated>\(negated)</ConditionNegated><Group>\(group)</Group>\(test)\(rest)</SPT>"
    }

    @Test("A good document has nothing to say against it")
    func good() {
        let criteria = [
            Sample.criterion(priority: 0),
            Sample.criterion(priority: 1, part: "<ProfilePartIndicator>0</ProfilePartIndicator>"),
            Sample.criterion(
                priority: 2, cnf: 0,
                spt: Self.spt(
                    "<Method>REGISTER</Method>", rest: "<Extension><RegistrationType>0</RegistrationType></Extension>"),
                server: """
                    <ServerName>sip:as.ims.example:5070;transport=tcp</ServerName><DefaultHandling>0</DefaultHandling>
                    <Extension><IncludeRegisterRequest/></Extension>
                    """),
        ]
        #expect(found(Sample.profile(criteria)) == [])
    }

    @Test("The identifiers of the rules are unique")
    func identifiers() {
        #expect(Set(ProfileRule.all.map(\.id)).count == ProfileRule.all.count)
    }

    @Test("A duplicate priority is reported at the second")
    func priority() throws {
        let diagnostics = found(Sample.profile([Sample.criterion(), Sample.criterion()]))
        let diagnostic = try #require(diagnostics.first)
        #expect(diagnostics.count == 1)
        #expect(diagnostic.rule == .priorityDuplicate)
        #expect(diagnostic.severity == .error)
        #expect(diagnostic.location.line == 14)
        #expect(diagnostic.location.column == 1)
        #expect(
            diagnostic.location.xpath == "/IMSSubscription/ServiceProfile[1]/InitialFilterCriteria[2]/Priority")
    }

    /// The trigger of ``Sample/criterion(priority:cnf:spt:server:part:)`` is on line 8 when it is the first.
    @Test(
        "Each rule about a trigger fires on the line of the trigger",
        arguments: [
            (spt("<RequestURI>^sip:.*</RequestURI>"), ProfileRule.requestURIScheme),
            (spt("<RequestURI>(a</RequestURI>"), .patternInvalid),
            (spt("<SIPHeader><Header>To</Header><Content>\"x\"</Content></SIPHeader>"), .patternQuoted),
            (spt("<SIPHeader><Header>To</Header><Content>null</Content></SIPHeader>"), .patternNull),
            (
                spt(
                    "<SIPHeader><Header>To</Header><Content>\(String(repeating: "a", count: 256))</Content></SIPHeader>"
                ),
                .patternLong
            ),
            (spt("<SIPHeader><Header>P-.*</Header></SIPHeader>"), .headerNotAName),
            (spt("<SessionDescription><Line>media</Line></SessionDescription>"), .lineNotALetter),
            (spt("<Method>invite</Method>"), .methodCase), (spt("<Method>PING</Method>"), .methodUnknown),
            (spt("<Method>BYE</Method>"), .methodNotInitial),
            (
                spt("<Method>INVITE</Method>", rest: "<Extension><RegistrationType>0</RegistrationType></Extension>"),
                .registrationTypeMethod
            ),
            (
                spt(
                    "<Method>REGISTER</Method>",
                    rest:
                        "<Extension><RegistrationType>1</RegistrationType><RegistrationType>1</RegistrationType></Extension>"
                ), .registrationTypeRepeated
            ),
            (spt("<Method> INVITE </Method>"), .valuePadded),
            (spt("<SessionCase>5</SessionCase>"), .valueInvalid), (spt("<Method></Method>"), .valueEmpty),
            (spt("<Method>INVITE</Method><SessionCase>0</SessionCase>"), .sptTestCount), (spt(""), .sptTestCount),
            (spt("<Metod>INVITE</Metod><SessionCase>0</SessionCase>"), .elementUnknown),
            ("<SPT><Group>0</Group><ConditionNegated>0</ConditionNegated><Method>INVITE</Method></SPT>", .elementOrder),
            ("<SPT><Method>INVITE</Method></SPT>", .elementMissing),
            (
                spt(
                    "<Method>REGISTER</Method>",
                    rest: "<Extension><Extension><RegistrationType>0</RegistrationType></Extension></Extension>"),
                .extensionNested
            ),
        ])
    func triggers(_ trigger: String, _ rule: ProfileRule) {
        let diagnostics = found(Sample.profile([Sample.criterion(spt: trigger)]))
        #expect(diagnostics.map(\.rule) == [rule])
        #expect(diagnostics.map(\.location.line) == [8])
    }

    @Test("An unusable trigger point and contradictions are reported at the trigger point, line 7")
    func logic() {
        let invite = Self.spt("<Method>INVITE</Method>")
        let register = Self.spt("<Method>REGISTER</Method>", group: 1)
        let notInvite = Self.spt("<Method>INVITE</Method>", negated: 1)
        let cases: [(String, ProfileRule)] = [
            (Sample.criterion(spt: ""), .triggerEmpty), (Sample.criterion(spt: invite + register), .neverMatches),
            (Sample.criterion(spt: invite + notInvite), .alwaysMatches),
            (
                Sample.criterion(
                    spt: Self.spt("<SessionCase>2</SessionCase>"),
                    part: "<ProfilePartIndicator>0</ProfilePartIndicator>"), .partContradiction
            ),
        ]
        for (criterion, rule) in cases {
            let diagnostics = found(Sample.profile([criterion]))
            #expect(diagnostics.map(\.rule) == [rule])
            #expect(diagnostics.map(\.location.line) == [7])
        }
    }

    @Test("What is wrong with a server is reported")
    func servers() {
        let cases: [(String, ProfileRule, Int)] = [
            ("<ServerName>as.ims.example</ServerName>", .serverName, 10),
            ("<ServerName>tel:+1</ServerName>", .serverName, 10),
            ("<DefaultHandling>0</DefaultHandling>", .elementMissing, 10),
            ("<ServerName>sip:a.example</ServerName><ServerName>sip:b.example</ServerName>", .elementRepeated, 10),
            (
                "<ServerName>sip:a.example</ServerName><Extension><IncludeRegisterRequest/></Extension>",
                .registerInclusion, 5
            ),
        ]
        for (server, rule, line) in cases {
            let diagnostics = found(Sample.profile([Sample.criterion(server: server)]))
            #expect(diagnostics.map(\.rule) == [rule], "\(server)")
            #expect(diagnostics.map(\.location.line) == [line])
        }
        let register = Sample.criterion(
            spt: Self.spt("<Method>REGISTER</Method>"),
            server: "<ServerName>sip:a.example</ServerName><DefaultHandling>1</DefaultHandling>")
        #expect(found(Sample.profile([register])).map(\.rule) == [.registerWithSessionTerminated])
    }

    @Test("What is wrong with an identity is reported on its line")
    func identities() {
        #expect(found(Sample.profile([], identity: "alice@ims.example")).map(\.rule) == [.identityInvalid])
        let twice = "sip:a@b.example</Identity></PublicIdentity>\n<PublicIdentity><Identity>SIP:a@B.example;x=1"
        let repeated = found(Sample.profile([], identity: twice))
        #expect(repeated.map(\.rule) == [.identityRepeated])
        #expect(repeated.map(\.location.line) == [5])
        let wildcard =
            "sip:a@b.example</Identity><Extension><IdentityType>2</IdentityType></Extension></PublicIdentity>"
            + "<PublicIdentity><Identity>sip:c@b.example"
        #expect(found(Sample.profile([], identity: wildcard)).map(\.rule) == [.wildcard])
        let ambiguous =
            "sip:a@b.example</Identity><Extension><IdentityType>3</IdentityType></Extension></PublicIdentity>"
            + "<PublicIdentity><Identity>sip:c@b.example"
        #expect(found(Sample.profile([], identity: ambiguous)).map(\.rule) == [.identityTypeAmbiguous])
    }

    @Test("Roots, namespaces and fragments")
    func roots() {
        #expect(found("<Other/>").map(\.rule) == [.rootUnknown])
        #expect(found("<IFCs/>").map(\.rule) == [.fragment])
        let inNamespace = Sample.profile([Sample.criterion()])
            .replacingFirst("<IMSSubscription>", with: "<IMSSubscription xmlns='urn:x'>")
        #expect(found(inNamespace).map(\.rule) == [.namespace])
        #expect(
            ProfileDocument(reading: inNamespace).subscription.serviceProfiles.first?.initialFilterCriteria.count == 1)
    }

    @Test("Warnings become errors when strict")
    func strict() {
        let document = ProfileDocument(
            reading: Sample.profile([Sample.criterion(spt: Self.spt("<Method>PING</Method>"))]))
        let validator = ProfileValidator(document)
        #expect(ProfileValidator.isValid(validator.diagnostics()))
        #expect(!ProfileValidator.isValid(validator.diagnostics(isStrict: true)))
    }
}

extension String {
    func replacingFirst(_ text: String, with other: String) -> String {
        guard let range = ranges(of: text).first else { return self }
        return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }
}
