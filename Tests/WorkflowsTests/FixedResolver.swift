import Workflows

/// A name server that says what a test wants.
struct FixedResolver: AddressResolver {
    var names: [String: [String]]

    func addresses(of host: String) async throws -> [String] {
        guard let addresses = names[host] else { throw OutboundHTTPError.unresolved }
        return addresses
    }
}
