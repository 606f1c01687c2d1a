import Testing

@testable import IMS

@Suite("Differences between two versions of a profile")
struct DifferenceTests {
    private typealias Criterion = InitialFilterCriteria

    private func method(_ method: String, negated: Bool = false, group: Int = 0) -> ServicePointTrigger {
        ServicePointTrigger(isNegated: negated, groups: [group], test: .method(method, registrationTypes: []))
    }

    private func criterion(
        _ priority: Int, _ server: String, _ triggers: [ServicePointTrigger]?, cnf: Bool = true,
        handling: Criterion.DefaultHandling = .sessionContinued
    ) -> Criterion {
        Criterion(
            priority: priority,
            triggerPoint: triggers.map { TriggerPoint(isConjunctiveNormalForm: cnf, servicePointTriggers: $0) },
            applicationServer: .init(serverName: server, defaultHandling: handling))
    }

    private func differences(_ old: [Criterion], _ new: [Criterion]) -> [ProfileDifference] {
        var before = ServiceProfile()
        before.initialFilterCriteria = old
        var after = ServiceProfile()
        after.initialFilterCriteria = new
        let found = before.differences(to: after)
        // Each one that has a request is shown by it.
        for difference in found {
            guard let sample = difference.sample else { continue }
            let servers = [before, after].map { profile in
                CompiledProfile(profile).matches(sample.request, in: sample.context).map(\.applicationServer)
            }
            #expect(servers == [difference.before, difference.after])
            #expect(servers[0] != servers[1])
        }
        return found
    }

    @Test("The same behaviour in another text is no difference")
    func same() {
        let calls = [method("INVITE"), method("MESSAGE")]
        #expect(differences([criterion(0, "sip:a", calls)], [criterion(7, "sip:a", calls.reversed())]).isEmpty)
        // An OR as one group, as two groups of a disjunction, and as two criteria.
        let two = [criterion(0, "sip:a", [method("INVITE")]), criterion(1, "sip:a", [method("MESSAGE")])]
        #expect(differences([criterion(0, "sip:a", calls)], two).isEmpty)
        let disjunction = [method("INVITE"), method("MESSAGE", group: 1)]
        #expect(differences([criterion(0, "sip:a", calls)], [criterion(0, "sip:a", disjunction, cnf: false)]).isEmpty)
        // A criterion that cannot fire may go.
        let never = criterion(3, "sip:b", [method("INVITE"), method("MESSAGE", group: 1)])
        #expect(differences([criterion(0, "sip:a", calls), never], [criterion(0, "sip:a", calls)]).isEmpty)
        // The order of criteria that never fire together does not matter.
        let other = [criterion(0, "sip:a", [method("INVITE")]), criterion(1, "sip:b", [method("MESSAGE")])]
        let swapped = [criterion(1, "sip:a", [method("INVITE")]), criterion(0, "sip:b", [method("MESSAGE")])]
        #expect(differences(other, swapped).isEmpty)
    }

    @Test("Requests that visit other servers")
    func servers() throws {
        let old = [criterion(0, "sip:a", [method("INVITE")])]
        let gone = try #require(differences(old, []).first)
        #expect(gone.message == "sip:a is no longer visited.")
        let more = try #require(differences(old, [criterion(0, "sip:a", [method("INVITE"), method("MESSAGE")])]).first)
        #expect(more.sample?.request.method == .message)
        #expect(more.after.map(\.serverName) == ["sip:a"])
    }

    @Test("Default handling, and order")
    func terms() throws {
        let calls = [method("INVITE")]
        let handling = differences(
            [criterion(0, "sip:a", calls)], [criterion(0, "sip:a", calls, handling: .sessionTerminated)])
        #expect(handling.map(\.message) == ["sip:a is visited with SESSION_TERMINATED instead of SESSION_CONTINUED."])
        let order = differences(
            [criterion(0, "sip:a", calls), criterion(1, "sip:b", calls)],
            [criterion(2, "sip:a", calls), criterion(1, "sip:b", calls)])
        #expect(order.map(\.message) == ["the order is sip:b, sip:a and was sip:a, sip:b."])
    }

    @Test("Patterns are compared by what they match")
    func patterns() {
        func uri(_ pattern: String) -> [Criterion] {
            [criterion(0, "sip:a", [ServicePointTrigger(test: .requestURI(pattern: pattern))])]
        }
        #expect(differences(uri("^ims[.]example$"), uri("^ims\\.example$")).isEmpty)
        #expect(differences(uri("^(\\+49|\\+43)"), uri("^\\+4[39]")).isEmpty)
        #expect(!differences(uri("^ims.example$"), uri("^ims\\.example$")).isEmpty)
    }

    @Test("Identities that come, go, or are barred")
    func identities() {
        func subscription(_ identities: [(String, Bool)]) -> IMSSubscription {
            var profile = ServiceProfile()
            profile.publicIdentities = identities.map {
                var identity = PublicIdentity(identity: $0.0)
                identity.isBarred = $0.1
                return identity
            }
            return IMSSubscription(privateID: "x", serviceProfiles: [profile])
        }
        let old = subscription([("sip:a@b.example", false), ("sip:c@b.example", false)])
        let new = subscription([("sip:A@B.example", false), ("sip:a@b.example", true), ("sip:d@b.example", false)])
        #expect(
            old.differences(to: new).map(\.message) == [
                "sip:a@b.example is now barred.", "sip:c@b.example is no longer in the subscription.",
                "sip:A@b.example is new in the subscription.", "sip:d@b.example is new in the subscription.",
            ])
        #expect(old.differences(to: old).isEmpty)
    }
}
