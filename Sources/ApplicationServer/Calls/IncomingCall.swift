import IMS
import Media
import SIP
import SIPTransport
import VoiceEngine

/// An INVITE that nobody has answered yet. It can be decided once: the methods that do so consume it, so that two
/// answers to one INVITE do not compile.
public struct IncomingCall: ~Copyable, Sendable {
    let call: CallCore

    init(_ call: CallCore) {
        self.call = call
    }

    deinit {
        call.abandonUndecided()
    }

    /// The request with what ISC says of it: served user, session case, asserted identities, remaining routes.
    public var request: ISCRequest { call.request }
    /// Call-ID of the caller's leg.
    public var callID: String { call.callID }
    /// Whether the server holds as many calls as it may: no engine then, go straight to the fallback.
    public var exceedsCapacity: Bool { call.exceedsCapacity }
    /// Time since the INVITE arrived.
    public var age: Duration { call.age }

    /// Tells the caller that it rings.
    public func ring() async {
        await call.ring()
    }

    /// Writes a line into the call's record.
    public func note(_ event: String, _ detail: String = "") async {
        await call.note(event, detail)
    }

    /// Opens the engine's session for this call, before anything is promised to the caller.
    ///
    /// - Parameter limit: Counted from now.
    public func connectEngine(
        _ endpoint: EngineEndpoint,
        _ configuration: EngineSessionConfiguration,
        within limit: Duration
    ) async throws(EngineConnectError) {
        try await call.connectEngine(endpoint, configuration, within: limit)
    }

    /// Leases ports and works out the answer to the offer, so that a call without room can still go elsewhere.
    ///
    /// - Throws: ``CallError/notAcceptable(_:)``, ``CallError/unsupportedExtensions(_:)``, ``CallError/media(_:)``.
    public func prepareMedia() async throws {
        try await call.prepareMedia()
    }

    /// Sends the 200 and takes the call.
    ///
    /// - Throws: ``CallError``; the caller has got a final response then, and nothing is left behind.
    public consuming func answer() async throws -> AnsweredCall {
        call.markDecided()
        return try await call.answer()
    }

    /// - Parameter retryAfter: Seconds, for 503 (RFC 3261 §20.33).
    public consuming func reject(
        _ status: StatusCode,
        reason: String? = nil,
        retryAfter: Int? = nil,
        headers: SIPHeaders = SIPHeaders()
    ) async {
        call.markDecided()
        await call.reject(status, reason: reason, retryAfter: retryAfter, headers: headers)
    }

    /// Redirects with 302 and this Contact URI (RFC 3261 §21.3.3).
    public consuming func redirect(to uri: String) async {
        call.markDecided()
        await call.redirect(to: uri)
    }

    /// Carries the call on to another party as a routeing B2BUA, without media of ours; returns when it is over.
    public consuming func route(to target: RouteTarget) async {
        call.markDecided()
        await call.route(to: target)
    }

    /// The same, with header fields that say who called and why nobody here takes the call.
    ///
    /// - Parameter variables: Findings about the call, which go along as well.
    public consuming func route(
        to target: RouteTarget,
        handOver format: HandOverFormat,
        because reason: String,
        variables: [String: String] = [:]
    ) async {
        call.markDecided()
        await call.route(to: target, handOver: format, because: reason, variables: variables)
    }
}

/// Where a routed call goes.
public enum RouteTarget: Sendable, Hashable {
    /// Straight to this SIP URI. Without a user part it takes that of the Request-URI. The Route entries of the
    /// S-CSCF stay in the request, so that the other side can hand it back into the chain.
    case direct(String)
    /// Back to the S-CSCF by the original dialog identifier; the chain goes on with the next criterion.
    /// - Parameter requestURI: Retargets the request; `nil` leaves the Request-URI as it is.
    case servingCSCF(requestURI: String?)
    /// To this SIP URI as a call of the served user's, by ``OutboundSettings/servingCSCF`` with `orig`: their originating
    /// services and the network find the way (TS 24.229 §5.7.5).
    case originating(String)
}
