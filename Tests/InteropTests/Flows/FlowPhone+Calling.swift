import Testing

extension FlowPhone {
    /// A caller of a laboratory's server who stays in the call for as long as `body` runs, and hangs up then.
    ///
    /// For what has to happen while somebody is in a call, however long that takes.
    static func calling(
        _ lab: some Laboratory,
        _ conduct: Conduct = Conduct(),
        supported: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (FlowPhone) async throws -> Void
    ) async throws {
        let caller = try FlowPhone(
            .caller, at: lab.addresses.caller, port: Addresses.sipPort, conduct, lab.records.journal)
        var (invite, hop) = FlowPath.direct.invite(lab.addresses)
        if let supported { invite.headers.append(.supported, supported) }
        try await caller.run { [invite, hop] in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await caller.call(invite, to: hop) }
                let result: Result<Void, any Error>
                do { result = .success(try await body(caller)) } catch { result = .failure(error) }
                if await !caller.isQuiet { await caller.hangUp() }
                #expect(await eventually { await caller.isQuiet }, sourceLocation: sourceLocation)
                tasks.cancelAll()
                while await tasks.nextResult() != nil {}
                try result.get()
            }
        }
    }
}
