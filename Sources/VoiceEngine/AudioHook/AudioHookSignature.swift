/// The signature of an AudioHook client on the request that opens its WebSocket.
///
/// Source: RFC 9421 §2.5 (signature base), §2.2.3 and §2.2.5 (`@authority`, `@request-target`), §3.3.3 (HMAC with
/// SHA-256); the components and parameters are those that AudioHook asks for.
struct AudioHookSignature: Sendable {
    /// How long it may be used, in seconds.
    static let lifetime: Int64 = 30

    var target: String
    var authority: String
    /// Names in lower case, in the order in which they are signed.
    var fields: [(name: String, value: String)]
    var keyIdentifier: String
    var key: [UInt8]
    var nonce: String
    var created: Int64

    /// `Signature-Input` and `Signature`.
    var headers: [EngineHandshake.Header] {
        let names = ["@request-target", "@authority"] + fields.map(\.name)
        let parameters =
            "(\(names.map { "\"\($0)\"" }.joined(separator: " ")));keyid=\"\(keyIdentifier)\";nonce=\"\(nonce)\""
            + ";alg=\"hmac-sha256\";created=\(created);expires=\(created + Self.lifetime)"
        let values =
            [("@request-target", target), ("@authority", authority.lowercased())] + fields.map { ($0.name, $0.value) }
        let base = values.map { "\"\($0.0)\": \($0.1)\n" }.joined() + "\"@signature-params\": \(parameters)"
        return [
            .init(name: "Signature-Input", value: "sig1=\(parameters)"),
            .init(name: "Signature", value: "sig1=:\(HandshakeHash.sha256(base, key: key)):"),
        ]
    }
}
