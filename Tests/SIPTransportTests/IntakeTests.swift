import NIOCore
import SIP
import Testing
import Timing

@testable import SIPTransport

@Suite("Datagrams that wait")
struct IntakeTests {
    private func item(_ name: UInt8, isNewCall: Bool = false, isStranger: Bool = false, octets: Int = 1) throws
        -> Intake.Item
    {
        let peer = try #require(DatagramPeer(try SocketAddress(ipAddress: "192.0.2.1", port: 5_060)))
        let source = SIPSource(transport: .udp, address: "192.0.2.1", port: 5_060, flow: FlowID(rawValue: 1))
        return Intake.Item(
            bytes: [UInt8](repeating: name, count: octets), source: source, peer: peer, arrival: .zero,
            isNewCall: isNewCall, isStranger: isStranger, admission: .undecided)
    }

    private func names(_ intake: inout Intake, takesNewCalls: Bool = true) -> [UInt8] {
        var names: [UInt8] = []
        while let item = intake.next(takesNewCalls: takesNewCalls) { names.append(item.bytes[0]) }
        return names
    }

    @Test("Calls under way come before new calls, whoever calls")
    func order() throws {
        var intake = Intake()
        for waiting in [
            try item(1, isNewCall: true), try item(2, isNewCall: true, isStranger: true), try item(3, isStranger: true),
            try item(4, isNewCall: true),
            try item(5),
        ] {
            let isTaken = intake.append(waiting)
            #expect(isTaken)
        }
        #expect(names(&intake, takesNewCalls: false) == [3, 5])
        #expect(names(&intake) == [1, 2, 4])
        #expect(intake.isEmpty)
    }

    @Test("Strangers leave room for others, and have theirs again when they have been served")
    func strangers() throws {
        var intake = Intake()
        let stranger = try item(1, isStranger: true)
        var taken = 0
        while taken < 10_000, intake.append(stranger) { taken += 1 }
        #expect(taken == 1_024)
        let isTaken = (intake.append(try item(2, isNewCall: true)), intake.append(try item(3)))
        #expect(isTaken == (true, true))
        #expect(names(&intake).count == 1_026)
        let isTakenAgain = intake.append(stranger)
        #expect(isTakenAgain)
    }

    @Test("Large datagrams that wait are no more than 64 MiB")
    func octets() throws {
        var intake = Intake()
        let large = try item(1, octets: 65_536)
        var taken = 0
        while taken < 10_000, intake.append(large) { taken += 1 }
        #expect(taken == 1_024)
        #expect(names(&intake).count == 1_024)
        let isTakenAgain = intake.append(large)
        #expect(isTakenAgain)
    }
}
