import Testing

extension Interoperation {
    @Suite("Flows of a call, and BYE or CANCEL at every point of them")
    struct CallFlowTests {
        @Test("With an engine")
        func engine() async throws { try await CallFlow.runAll(CallFlow.engines) }

        @Test("To a target")
        func transfer() async throws { try await CallFlow.runAll(CallFlow.transfers) }
    }
}
