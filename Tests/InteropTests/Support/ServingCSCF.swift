import Testing

/// Has the S-CSCF of ``IMSLab`` run while the tests of a suite do, with alice, bob and carol registered; the application
/// server that it triggers is for them to start.
struct ServingCSCF: SuiteTrait, TestScoping {
    /// Where the application server has to be.
    @TaskLocal static var addresses: Addresses?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let addresses = Addresses()
        try await IMSLab.running("sip:\(addresses.server):\(Addresses.sipPort)") { lab in
            // Somebody has to take the third-party REGISTER.
            try await TestSystem.run(addresses: addresses) { _ in try await lab.check(["registered"]) }
            try await Self.$addresses.withValue(addresses) { try await function() }
        }
    }
}

extension Trait where Self == ServingCSCF {
    static var servingCSCF: Self { ServingCSCF() }
}
