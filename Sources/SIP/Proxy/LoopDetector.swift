/// Tells a loop from a spiral: a keyed hash of what a request is routed by travels in the branch of our Via, and a
/// request that comes back with the same hash would be routed the same way again.
///
/// The hash is keyed, so that nobody can make up a Via that has our requests refused.
///
/// Source: RFC 3261 §16.3 step 4 and §16.6 step 8, RFC 5393 §4.2.
public struct LoopDetector: Sendable {
    private let key: [UInt8]

    /// - Parameter key: Secret, from a random source, 16 octets or more; the same for the life of the process.
    public init(key: [UInt8]) {
        self.key = key
    }

    /// 16 hexadecimal digits that are the same for requests that are routed the same way. Hashed are the identity of the
    /// request and what it is routed by: Request-URI, Route, To and From tag, Call-ID, CSeq number, Proxy-Require,
    /// Proxy-Authorization. Via is left out, since it changes with every turn of a loop.
    ///
    /// - Parameter request: As it was received, before its Request-URI is translated.
    public func token(for request: SIPRequest) -> String {
        var fields = HashedFields()
        fields.add(request.requestURI.utf8)
        fields.add((try? request.headers.address(.to))?.tag?.utf8)
        fields.add((try? request.headers.address(.from))?.tag?.utf8)
        fields.add(request.headers.first(.callID)?.utf8)
        fields.add((try? request.headers.cSeq()).map { String($0.number) }?.utf8)
        for name in [HeaderName.route, .proxyRequire, .proxyAuthorization] {
            fields.add(all: name, of: request.headers)
        }
        return (KeyedHash.sha256(fields.octets, key: key) ?? []).prefix(8).hexadecimal
    }

    /// The branch of the Via that leaves with the request.
    ///
    /// - Parameters:
    ///   - token: Of the request that was received.
    ///   - unique: Differs for every client transaction; token characters without a period.
    public func branch(token: String, unique: String) -> String {
        Via.magicCookie + unique + "." + token
    }

    /// The branch of another client transaction for the same copy.
    static func branch(like branch: String, unique: String) -> String {
        Via.magicCookie + unique + "." + (token(inBranch: branch) ?? "")
    }

    /// Whether the request has been here before and would be routed as it was then: the answer is 482.
    ///
    /// - Parameter names: What stands in sent-by of the Vias we write.
    public func isLoop(_ request: SIPRequest, names: [HostPort]) -> Bool {
        var candidates: [String] = []
        request.headers.withValues(of: .via) { bytes in
            for range in topLevelValues(bytes) {
                guard let via = try? Via(parsing: bytes.extracting(range)),
                    names.contains(where: { $0.isSameSentBy(as: via.sentBy) }),
                    let token = via.branch.flatMap(Self.token(inBranch:))
                else { continue }
                candidates.append(token)
            }
            return true
        }
        guard !candidates.isEmpty else { return false }
        let own = Array(token(for: request).utf8)
        return candidates.contains { KeyedHash.isEqual(Array($0.utf8), own) }
    }

    private static func token(inBranch branch: String) -> String? {
        let token = branch.utf8.suffix(16)
        let rest = branch.utf8.dropLast(16)
        guard token.count == 16, rest.last == .period, token.allSatisfy(\.isHexDigit) else { return nil }
        return String(decoding: token, as: UTF8.self)
    }
}

/// Octets of several fields, each with its length in front, so that no two sets of fields are the same octets.
private struct HashedFields {
    private(set) var octets: [UInt8] = []

    mutating func add(_ value: String.UTF8View?) {
        guard let value else {
            octets.append(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF])
            return
        }
        add(count: value.count)
        octets.append(contentsOf: value)
    }

    mutating func add(all name: HeaderName, of headers: SIPHeaders) {
        headers.withValues(of: name) { bytes in
            add(count: bytes.count)
            for index in 0..<bytes.count { octets.append(bytes[index]) }
            return true
        }
        octets.append(contentsOf: [0xFF, 0xFF, 0xFF, 0xFE])
    }

    private mutating func add(count: Int) {
        let count = UInt32(truncatingIfNeeded: count)
        for shift: UInt32 in [24, 16, 8, 0] { octets.append(UInt8(truncatingIfNeeded: count >> shift)) }
    }
}

extension HostPort {
    /// Compares as the sent-by of two Vias: host without case, a port left out as 5060.
    func isSameSentBy(as other: HostPort) -> Bool {
        (port ?? 5_060) == (other.port ?? 5_060) && host.equalsIgnoringCase(other.host)
    }
}
