import SIP
import Testing

/// The octets of a message written with plain line ends.
func wire(_ text: String) -> [UInt8] {
    Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
}

func request(_ text: String) throws -> SIPRequest {
    guard case .request(let request) = try SIPMessage(parsing: wire(text)) else {
        throw SIPParseError(.malformedStartLine)
    }
    return request
}

extension SIPMessage {
    var asRequest: SIPRequest? {
        if case .request(let request) = self { request } else { nil }
    }

    var asResponse: SIPResponse? {
        if case .response(let response) = self { response } else { nil }
    }
}

extension SIPEndpoint.Output {
    /// The message that goes out, parsed.
    var sent: SIPMessage? {
        guard case .send(let bytes, _, _) = self else { return nil }
        return try? SIPMessage(parsing: bytes)
    }

    var destination: SIPDestination? {
        if case .send(_, let destination, _) = self { destination } else { nil }
    }

    var event: SIPEndpointEvent? {
        if case .event(let event) = self { event } else { nil }
    }
}

extension [SIPEndpoint.Output] {
    var responses: [SIPResponse] { compactMap { $0.sent?.asResponse } }
    var requests: [SIPRequest] { compactMap { $0.sent?.asRequest } }
    var statuses: [Int] { responses.map(\.status.rawValue) }
    var methods: [String] { requests.map(\.method.rawValue) }
    var events: [SIPEndpointEvent] { compactMap(\.event) }
    /// Requests inside a dialog that wait for an answer.
    var dialogRequests: [ServerTransactionID] {
        events.compactMap { if case .dialogRequest(let id, _, _) = $0 { id } else { nil } }
    }
}

extension SIPEndpointEvent {
    /// A short name, for comparison.
    var label: String {
        switch self {
        case .request(_, let request, _): "request \(request.method)"
        case .dialogRequest(_, _, let request): "dialog request \(request.method)"
        case .cancelled: "cancelled"
        case .acknowledged: "acknowledged"
        case .response(_, let response, _): "response \(response.status)"
        case .failed(_, let failure): "failed \(failure)"
        case .dialogEnded(_, .bye): "ended by BYE"
        case .dialogEnded(_, .noACK): "ended without ACK"
        case .dialogEnded(_, .noPRACK): "ended without PRACK"
        case .dialogEnded(_, .sessionExpired): "session expired"
        case .dialogEnded(_, .lost): "lost"
        case .forwarded(_, let status): "forwarded \(status)"
        case .unserved(let copy): "unserved \(copy.response?.status.rawValue ?? 0)"
        case .notified: "notified"
        case .subscriptionEnded(_, let end): "subscription \(end)"
        case .sessionRefreshDue: "refresh due"
        }
    }
}

extension MessageContent {
    /// Stands for a session description; nobody here looks into it.
    static let description = MessageContent.sdp(Array("v=0".utf8))
}
