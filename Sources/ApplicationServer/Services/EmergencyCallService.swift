/// Calls to an emergency service (RFC 5031) that have come by this server on their way: they go on unheard, as through a proxy.
/// No service of a user's answers, screens or diverts them.
struct EmergencyCallService: CallService {
    static let registration = ServiceRegistration(name: "emergency", service: EmergencyCallService())

    var runsOnEventLoop: Bool { true }

    func handle(_ call: consuming IncomingCall) async {
        await call.forward(to: [[.servingCSCF(requestURI: nil)]])
    }
}
