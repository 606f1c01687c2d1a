import IMS
import NIOPosix
import ReferenceAS
import SDP
import SIP
import Testing

extension TestSystem {
    /// A call as the S-CSCF sends it for bob, placed by the softphone.
    ///
    /// - Parameters:
    ///   - steps: What it says, one after another.
    ///   - takesTurns: Whether it waits with each until the other side has spoken.
    ///   - change: How the softphone differs from the usual one.
    func softphoneCall(
        for duration: Duration,
        steps: [SoftphoneStep] = [],
        takesTurns: Bool = false,
        _ change: (inout Softphone.Configuration) -> Void
    ) async throws -> SoftphoneReport {
        var configuration = Softphone.Configuration(address: addresses.caller, port: UInt16(Addresses.sipPort))
        change(&configuration)
        let phone = try Softphone(
            configuration: configuration, group: MultiThreadedEventLoopGroup.singleton, logger: Self.logger)
        try await phone.start()
        var plan = SoftphoneCallPlan(target: "sip:bob@ims.example", from: "sip:alice@ims.example")
        plan.hop = Hop(transport: .udp, host: addresses.server, port: UInt16(Addresses.sipPort))
        plan.headers.append(.route, "<\(uri);lr>, <sip:odi-1@\(addresses.caller);lr>")
        plan.headers.append(.pServedUser, "<sip:bob@ims.example>;sescase=term;regstate=reg")
        plan.duration = duration
        plan.steps = steps
        plan.takesTurns = takesTurns
        let result: Result<SoftphoneReport, any Error>
        do { result = .success(try await phone.call(plan)) } catch { result = .failure(error) }
        await phone.stop()
        return try result.get()
    }
}
