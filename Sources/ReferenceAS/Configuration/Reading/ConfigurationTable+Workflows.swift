import VoiceEngine
import Workflows

extension ConfigurationTable {
    /// What the server may ask for over HTTP.
    static let http: [Key] = [
        Key(
            "http.allow", \.http.allow, ValueType<WebOrigin>.webOrigin.list,
            "Origins that workflows may ask, such as https://crm.example:8443. Their addresses must be public ones."),
        Key(
            "http.allowPrivate", \.http.allowPrivate, ValueType<WebOrigin>.webOrigin.list,
            "Further origins, whose addresses may be private or loopback ones."),
        Key(
            "http.maxConnections", \.http.maxConnections, .number(1...10_000),
            "Connections to one origin at a time, for workflows, webhooks and speech each; further requests wait."),
        Key(
            "http.maxWorkflows", \.http.maxWorkflows, .number(1...100_000),
            "Workflows under way at a time; above it an engine is told that the function failed."),
        Key(
            "http.maxWorkflowsPerCall", \.http.maxWorkflowsPerCall, .number(1...64),
            "The same within one call."),
        Key(
            "outbound.servingCSCF", \.outbound.servingCSCF, ValueType<String>.sipURI.optional,
            "S-CSCF, or PBX, that takes the calls which the server starts; needs outbound.servedUser."),
        Key(
            "outbound.servedUser", \.outbound.servedUser, ValueType<String>.sipURI.optional,
            "For whom calls are started that name nobody else."),
        Key(
            "cdr.file", \.cdr.file, ValueType<String>.text.optional,
            "A line of JSON for each call that ends goes there; not set: nowhere."),
        Key(
            "cdr.maxSize", \.cdr.maximumSize, .number(1_024...1_073_741_824), unit: "octets", "Then a new file begins."),
        Key("cdr.keep", \.cdr.keep, .number(0...1_000), "Older files kept."),
        Key("cdr.mask", \.cdr.masksIdentities, .flag, "Hide caller and callee behind a keyed hash (log.maskKey)."),
    ]

    static let workflow: [ConfigurationKey<WorkflowDefinition>] = [
        ConfigurationKey(
            "description", \.description, .text, required: true,
            "What the function does and when the engine should call it."),
        ConfigurationKey("parameters", \.parameters, .json, "JSON Schema of its arguments."),
        ConfigurationKey("method", \.method, .choice(), "Method of the request."),
        ConfigurationKey(
            "url", \.url, .text, required: true,
            "URL with {argument} and {call.caller} in its path and query; host and port are fixed, and in http.allow."),
        ConfigurationKey("query", \.query, .textMap, "Added to the query of the URL."),
        ConfigurationKey("headers", \.headers, .textMap, "Header fields."),
        ConfigurationKey(
            "token", \.token, ValueType<SecretReference>.secret.optional,
            "Bearer token of the request: env:NAME or file:PATH."),
        ConfigurationKey(
            "secretHeaders", \.secretHeaders, .secretMap, "Header fields whose values are env:NAME or file:PATH."),
        ConfigurationKey(
            "body", \.body, ValueType<String>.json.optional,
            "JSON body with places in its strings; without it POST, PUT and PATCH send all arguments."),
        ConfigurationKey(
            "timeout", \.timeout, .duration, unit: "written with the value: ms, s",
            "For all attempts together; at most 60s."),
        ConfigurationKey("retries", \.retries, .number(0...5), "Further attempts after failures that may pass."),
        ConfigurationKey(
            "retryUnsafe", \.retryUnsafe, .flag, "Retry POST and PATCH as well, which may then be done twice."),
        ConfigurationKey(
            "result", \.result, ValueType<String>.text.optional,
            "Which part of the response is the result, such as $.accounts[0].balance."),
        ConfigurationKey(
            "onFailure", \.onFailure, ValueType<String>.text.optional,
            "What the engine is told when there is no result."),
    ]
}

extension ValueType<WebOrigin> {
    static let webOrigin = ValueType.scalar("http:// or https:// with a host and perhaps a port") {
        WebOrigin($0)
    } render: {
        $0.description.quotedForYAML
    }
}

extension ValueType<String> {
    /// A JSON text, or the same written as YAML. Plain words in YAML that look like numbers, `true`, `false` or `null`
    /// are those.
    static let json = ValueType { node throws(ValueProblem) in
        if case .scalar(let text) = node.content {
            guard let value = try? JSONValue(parsing: text) else { throw ValueProblem("must be JSON", at: node) }
            return String(decoding: value.bytes, as: UTF8.self)
        }
        return String(decoding: jsonValue(node).bytes, as: UTF8.self)
    } render: {
        $0.quotedForYAML
    }

    private static func jsonValue(_ node: ConfigurationNode) -> JSONValue {
        switch node.content {
        case .null: return .null
        case .list(let elements): return .array(elements.map(jsonValue))
        case .map(let entries): return .object(entries.map { JSONValue.Member($0.key, jsonValue($0.value)) })
        case .scalar(let text):
            switch try? JSONValue(parsing: text) {
            case .bool(let value)?: return .bool(value)
            case .number(let digits)?: return .number(digits)
            default: return .string(text)
            }
        }
    }
}

extension ValueType<[String: SecretReference]> {
    static let secretMap = ValueType { node throws(ValueProblem) in
        guard case .map(let entries) = node.content else {
            throw ValueProblem("must be a mapping of names to secrets, not \(node.kind)", at: node)
        }
        var result: [String: SecretReference] = [:]
        for entry in entries {
            let key = ConfigurationNode(content: .scalar(entry.key), origin: entry.keyOrigin)
            result[try ValueType<String>.token.parse(key)] = try ValueType<SecretReference>.secret.parse(entry.value)
        }
        return result
    } render: { values in
        "{"
            + values.sorted { $0.key < $1.key }.map { "\($0.key.quotedForYAML): \($0.value.description.quotedForYAML)" }
            .joined(separator: ", ") + "}"
    }
}
