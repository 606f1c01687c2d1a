import SIP
import Timing

/// A call that an application server makes between two parties: initiating B2BUA, third-party call control
/// (TS 24.229 §5.7.5, RFC 3725 §4.4, its flow IV).
///
/// Two dialogs that know nothing of each other. The first party is called without media, so that it may wait while the
/// second one rings; then the second party's offer goes to the first in a re-INVITE and its answer back in the ACK. Bodies
/// pass octet for octet: SDP moves through offer and answer only.
public struct ThirdPartyCall: Sendable, Hashable {
    public enum Party: Sendable, Hashable, CaseIterable {
        case first, second

        public var other: Party { self == .first ? .second : .first }
    }

    public enum Output: Sendable, Hashable {
        /// Open a dialog with this INVITE; Call-ID, tags, CSeq, Via and Contact are the endpoint's.
        case invite(Party, SIPRequest)
        /// Send a re-INVITE with this offer.
        case reinvite(Party, offer: [UInt8])
        /// Acknowledge the last 2xx; the answer is empty when the 2xx was one.
        case acknowledge(Party, answer: [UInt8])
        case cancel(Party)
        case bye(Party)
        case established
        /// Nothing is left of the call. `nil`: a party hung up, or we did.
        case ended(StatusCode?)
    }

    private enum State: Sendable, Hashable {
        case idle
        case callingFirst
        case callingSecond(until: MonotonicTime)
        /// The second party has answered with an offer and waits for its ACK.
        case connecting(offer: [UInt8])
        case established
        /// Over for us; a party whose CANCEL is on its way may still answer.
        case ended(cancelled: Party?)
    }

    private let first: SIPRequest
    private let second: SIPRequest
    /// How long the second party may ring.
    private let patience: Duration
    private var state = State.idle

    /// - Parameters:
    ///   - first: The request to the party that is called first. The `icid-value` of both dialogs derives from its
    ///     ``OriginatingRequest/chargingID``, so that their charging records can be brought together.
    ///   - second: The request to the other one.
    /// - Throws: ``SIPParseError`` when a served user is no URI.
    public init(
        first: OriginatingRequest, second: OriginatingRequest, patience: Duration = .seconds(60)
    ) throws(SIPParseError) {
        var (one, other) = (first, second)
        one.chargingID = first.chargingID + "-1"
        other.chargingID = first.chargingID + "-2"
        var request = try one.request()
        request.headers.append(.contentType, "application/sdp")
        request.body = Self.noMedia
        self.first = request
        self.second = try other.request()
        self.patience = patience
    }

    /// When ``handleTimeout(at:into:)`` is due.
    public var nextTimeout: MonotonicTime? {
        if case .callingSecond(let deadline) = state { deadline } else { nil }
    }

    public mutating func start(into out: inout [Output]) {
        guard case .idle = state else { return }
        state = .callingFirst
        out.append(.invite(.first, first))
    }

    /// A party has sent a 2xx to the INVITE or re-INVITE that it was sent last.
    public mutating func answered(_ party: Party, body: [UInt8], at now: MonotonicTime, into out: inout [Output]) {
        switch (state, party) {
        case (.callingFirst, .first):
            out.append(.acknowledge(.first, answer: []))
            out.append(.invite(.second, second))
            state = .callingSecond(until: now + patience)
        case (.callingSecond, .second):
            guard !body.isEmpty else {
                // An INVITE without an offer has to be answered with one (RFC 3261 §13.3.1.4).
                out.append(.acknowledge(.second, answer: []))
                end(.notAcceptableHere, leaving: [.second, .first], into: &out)
                return
            }
            state = .connecting(offer: body)
            out.append(.reinvite(.first, offer: body))
        case (.connecting(let offer), .first):
            out.append(.acknowledge(.first, answer: []))
            guard !body.isEmpty else {
                out.append(.acknowledge(.second, answer: Self.refusal(of: offer)))
                end(.notAcceptableHere, leaving: [.second, .first], into: &out)
                return
            }
            out.append(.acknowledge(.second, answer: body))
            out.append(.established)
            state = .established
        case (.ended(cancelled: party), party):
            // The 2xx and our CANCEL have crossed.
            out.append(.acknowledge(party, answer: party == .second ? Self.refusal(of: body) : []))
            out.append(.bye(party))
            state = .ended(cancelled: nil)
        default: break
        }
    }

    /// A party has refused, or not answered, the INVITE or re-INVITE that it was sent last.
    public mutating func failed(_ party: Party, _ status: StatusCode, into out: inout [Output]) {
        switch (state, party) {
        case (.callingFirst, .first): end(status, leaving: [], into: &out)
        case (.callingSecond, .second): end(status, leaving: [.first], into: &out)
        case (.connecting(let offer), .first):
            out.append(.acknowledge(.second, answer: Self.refusal(of: offer)))
            end(status, leaving: [.second, .first], into: &out)
        case (.ended(cancelled: party), party): state = .ended(cancelled: nil)
        default: break
        }
    }

    /// A party has sent BYE, or its dialog is lost.
    public mutating func hungUp(_ party: Party, into out: inout [Output]) {
        switch (state, party) {
        case (.callingSecond, .first): cancelSecond(nil, leaving: [], into: &out)
        case (.connecting(let offer), .first):
            out.append(.acknowledge(.second, answer: Self.refusal(of: offer)))
            end(nil, leaving: [.second], into: &out)
        case (.connecting, .second), (.established, _): end(nil, leaving: [party.other], into: &out)
        default: break
        }
    }

    /// Ends the call from our side.
    public mutating func hangUp(into out: inout [Output]) {
        switch state {
        case .idle: end(nil, leaving: [], into: &out)
        case .callingFirst:
            out.append(.cancel(.first))
            end(nil, leaving: [], cancelled: .first, into: &out)
        case .callingSecond: cancelSecond(nil, leaving: [.first], into: &out)
        case .connecting(let offer):
            out.append(.acknowledge(.second, answer: Self.refusal(of: offer)))
            end(nil, leaving: [.second, .first], into: &out)
        case .established: end(nil, leaving: [.second, .first], into: &out)
        case .ended: break
        }
    }

    public mutating func handleTimeout(at now: MonotonicTime, into out: inout [Output]) {
        guard let nextTimeout, now >= nextTimeout else { return }
        cancelSecond(.requestTimeout, leaving: [.first], into: &out)
    }

    private mutating func cancelSecond(_ status: StatusCode?, leaving: [Party], into out: inout [Output]) {
        out.append(.cancel(.second))
        end(status, leaving: leaving, cancelled: .second, into: &out)
    }

    private mutating func end(
        _ status: StatusCode?, leaving: [Party], cancelled: Party? = nil, into out: inout [Output]
    ) {
        for party in leaving { out.append(.bye(party)) }
        out.append(.ended(status))
        state = .ended(cancelled: cancelled)
    }
}

// MARK: - Session descriptions of our own

extension ThirdPartyCall {
    private static let sessionLines = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"

    /// An offer without any stream (RFC 3264 §5).
    static let noMedia = Array(sessionLines.utf8)

    /// An answer that refuses every stream of an offer (RFC 3264 §6): port 0.
    static func refusal(of offer: [UInt8]) -> [UInt8] {
        var answer = noMedia
        for line in offer.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) where line.starts(with: "m=".utf8) {
            var parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: true)
            guard parts.count == 3 else { continue }
            parts[1] = Array("0".utf8)[...]
            answer += parts.joined(separator: [0x20])
            answer += "\r\n".utf8
        }
        return answer
    }
}
