import SDP
import SIP
import Timing

/// What each operation of `sidetone bench parse` does with a message.
struct ParseWork {
    private let bytes: [UInt8]
    private let message: SIPMessage
    private let endpoint: SIPEndpoint?

    private static let addressFields: [HeaderName] = [
        .from, .to, .contact, .route, .recordRoute, .pAssertedIdentity, .pAssociatedURI, .pCalledPartyID, .path,
        .serviceRoute, .referredBy,
    ]
    private static let tokenFields: [HeaderName] = [
        .allow, .supported, .require, .contentDisposition, .requestDisposition, .pEarlyMedia, .infoPackage, .recvInfo,
    ]
    private static let textFields: [HeaderName] = [.userAgent, .server, .subject]

    /// - Parameter operations: Those that will be run; only ``BenchParse/Operation/match`` needs transactions.
    init(_ bytes: [UInt8], for operations: [BenchParse.Operation]) throws {
        self.bytes = bytes
        message = try SIPMessage(parsing: bytes)
        endpoint = operations.contains(.match) ? Self.endpoint(with: 100_000, and: message) : nil
    }

    @inline(never)
    func run(_ operation: BenchParse.Operation) throws {
        switch operation {
        case .native: _ = try SIPMessage(parsing: bytes)
        case .server: try Self.readAsServer(try SIPMessage(parsing: bytes))
        case .common: try Self.readCommon(try SIPMessage(parsing: bytes))
        case .full: try Self.readAll(try SIPMessage(parsing: bytes))
        case .fullSDP:
            let message = try SIPMessage(parsing: bytes)
            try Self.readAll(message)
            if !message.body.isEmpty { _ = try SessionDescription(parsing: message.body).media }
        case .serialise: _ = message.serialized()
        case .match: if case .request(let request) = message { _ = endpoint?.hasTransaction(for: request) }
        case .request: _ = Self.makeRequest().serialized()
        }
    }

    /// Transaction, dialog, target, route and identities: what a server that answers a call reads of its INVITE.
    private static func readAsServer(_ message: SIPMessage) throws {
        switch message {
        case .request(let request):
            try readAsServer(request.headers)
            _ = try request.uri().hostText
        case .response(let response): try readAsServer(response.headers)
        }
    }

    private static func readAsServer(_ headers: SIPHeaders) throws {
        let via = try headers.topVia()
        _ = (via.branchText, via.hasParameter("rport"), via.sentByPort)
        _ = try (headers.callIDText(), headers.cSeq(), headers.maxForwards())
        _ = try (headers.tagText(of: .from), headers.tagText(of: .to), headers.uriText(of: .contact))
        _ = headers.splitValues(.recordRoute)
        _ = try (headers.sessionExpires()?.refresher, headers.pServedUser()?.sessionCase)
        _ = (headers.lists("100rel", in: .supported), headers.lists("UPDATE", in: .allow))
    }

    /// Via, From, To, Contact, Route, Record-Route, P-Asserted-Identity, Call-ID, CSeq, Max-Forwards, Supported, Allow,
    /// Content-Type and the Request-URI.
    private static func readCommon(_ message: SIPMessage) throws {
        let headers = message.headers
        _ = try (headers.vias(), headers.callID(), headers.cSeq(), headers.maxForwards(), headers.contentType())
        _ = try (headers.address(.from), headers.address(.to), headers.addresses(.contact))
        _ = try (headers.addresses(.route), headers.addresses(.recordRoute), headers.pAssertedIdentities())
        _ = try (headers.tokens(.supported), headers.tokens(.allow))
        if case .request(let request) = message { _ = try request.uri() }
    }

    private static func readAll(_ message: SIPMessage) throws {
        let headers = message.headers
        _ = try headers.vias()
        _ = try headers.cSeq()
        _ = try headers.callID()
        _ = try headers.maxForwards()
        for name in addressFields { _ = try headers.addresses(name) }
        for name in tokenFields { _ = try headers.tokens(name) }
        for name in textFields { _ = headers.first(name) }
        _ = try (headers.contentType(), headers.acceptedTypes(), headers.event(), headers.reasons())
        _ = try (headers.sessionExpires(), headers.minSE(), headers.privacy(), headers.referTo())
        _ = try (headers.pServedUser(), headers.historyInfo(), headers.pAccessNetworkInfo())
        _ = try (headers.pChargingVector(), headers.pChargingFunctionAddresses(), headers.pVisitedNetworkIDs())
        _ = try (headers.acceptContacts(), headers.resourcePriorities(), headers.userToUser(), headers.sessionID())
        _ = try (headers.pAssertedServices(), headers.pPreferredServices())
        if case .request(let request) = message { _ = try request.uri() }
    }

    /// As RFC 3261 §12.2.1.1 makes one, with two routes.
    private static func makeRequest() -> SIPRequest {
        var request = SIPRequest(
            method: .bye, requestURI: "sip:491700000001@[2001:db8:41:9::a3f]:5062;transport=tcp;ob")
        let cSeq = CSeq(number: 2, method: .bye)
        request.headers.append(.via, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK8d1f5c7aa02b0000;rport")
        request.headers.append(.route, "<sip:mo@192.0.2.21:5060;lr=on;ftag=hx83kQ2p;did=b21.6d81>")
        request.headers.append(.route, "<sip:mo@pcscf01.ims.example:4060;lr=on;ftag=hx83kQ2p;rm=8;did=b21.ac51>")
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<tel:0171-1234567;phone-context=ims.example>;tag=as-71c2")
        request.headers.append(.to, "\"Alice Example\" <sip:+491700000001@ims.example;user=phone>;tag=hx83kQ2p")
        request.headers.append(.callID, "m4nQx7Zt2Kc9RvB1@2001:db8:41:9::a3f")
        request.headers.append(.cSeq, cSeq)
        request.headers.append(.userAgent, "Sidetone")
        return request
    }

    /// An endpoint that has so many transactions, and that of `message`.
    private static func endpoint(with count: Int, and message: SIPMessage) -> SIPEndpoint {
        let endpoint = SIPEndpoint(
            configuration: SIPEndpointConfiguration(localAddresses: [.udp: HostPort(host: "192.0.2.1", port: 5_060)]),
            identifiers: SystemRandomNumberGenerator()
        )
        let source = SIPSource(transport: .udp, address: "192.0.2.9", port: 5_060, flow: FlowID(rawValue: 1))
        var out: [SIPEndpoint.Output] = []
        for number in 0..<count {
            var request = SIPRequest(method: .options, requestURI: "sip:192.0.2.1")
            request.headers.append(.via, "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK\(number)")
            request.headers.append(.maxForwards, "70")
            request.headers.append(.from, "<sip:a@example.org>;tag=\(number)")
            request.headers.append(.to, "<sip:b@example.org>")
            request.headers.append(.callID, "\(number)")
            request.headers.append(.cSeq, "1 OPTIONS")
            endpoint.receive(.request(request), from: source, at: .zero, into: &out)
            out.removeAll(keepingCapacity: true)
        }
        endpoint.receive(message, from: source, at: .zero, into: &out)
        return endpoint
    }
}
