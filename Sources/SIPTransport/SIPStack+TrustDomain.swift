import SIP

/// Where a message goes, and what is known of that address.
struct KnownPeer {
    var peer: DatagramPeer
    let isInTrustDomain: Bool
}

/// The edge of the trust domain: only here it is known where a message comes from and where it goes. What passes between
/// members is not looked at.
extension SIPStack {
    /// Whether what a sender asserts is believed.
    func isBelieved(_ source: SIPSource) -> Bool {
        // By UDP only those are heard who are let in; a connection may be one of ours, to anybody.
        guard hearsOutsiders || source.transport != .udp else { return true }
        return peer(at: source.address, source.port)?.isInTrustDomain == true
    }

    /// The octets of a message for a peer, which are others if it is outside of the trust domain.
    ///
    /// - Returns: `nil` if nothing can be sent to it, which the transaction has been told.
    func written(_ bytes: [UInt8], to address: String, _ transaction: ClientTransactionID?) -> [UInt8]? {
        if peer(at: address, 0)?.isInTrustDomain == true { return bytes }
        return written(outside: bytes, transaction)
    }

    /// The octets of a message for a peer outside of the trust domain.
    func written(outside bytes: [UInt8], _ transaction: ClientTransactionID?) -> [UInt8]? {
        do throws(SIPParseError) {
            switch try SIPMessage(parsing: bytes, limits: .none) {
            case .request(var request):
                TrustDomain.removeOnExit(from: &request.headers)
                return request.serialized()
            case .response(var response):
                TrustDomain.removeOnExit(from: &response.headers)
                return response.serialized()
            }
        } catch {
            fail(transaction, "what must not leave the trust domain cannot be told: \(error)")
            return nil
        }
    }
}

extension SIPMessage {
    /// Without what its sender must not assert.
    var withoutAssertions: SIPMessage {
        switch self {
        case .request(var request):
            TrustDomain.removeAssertions(from: &request.headers)
            return .request(request)
        case .response(var response):
            TrustDomain.removeAssertions(from: &response.headers)
            return .response(response)
        }
    }
}

extension SIPLimits {
    /// For what we have written ourselves.
    fileprivate static let none = {
        var limits = SIPLimits()
        limits.message = .max
        limits.startLine = .max
        limits.headerLine = .max
        limits.headerSection = .max
        limits.headerFields = .max
        limits.viaValues = .max
        limits.routeValues = .max
        return limits
    }()
}

extension SIPStackConfiguration {
    /// Whether peers are let in that are outside of the trust domain.
    var hearsOutsiders: Bool { policy.allowUntrusted || policy.trustDomain != nil || authentication != nil }
}
