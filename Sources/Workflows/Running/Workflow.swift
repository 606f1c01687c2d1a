import VoiceEngine

/// A function that an engine can call, and the HTTP request it becomes.
public struct Workflow: Sendable {
    public enum Method: String, Sendable, Hashable, CaseIterable {
        case get = "GET"
        case put = "PUT"
        case delete = "DELETE"
        case post = "POST"
        case patch = "PATCH"

        /// Whether doing it twice does the same as doing it once (RFC 9110 §9.2.2).
        public var isIdempotent: Bool { self == .get || self == .put || self == .delete }
    }

    /// As the engine calls it.
    public var name: String
    /// What it does and when to call it, for the engine.
    public var description: String
    public var parameters: ArgumentSchema
    public var method: Method
    public var url: URLTemplate
    /// Added to the query of the URL.
    public var query: [(name: String, value: Template)] = []
    public var headers: [(name: String, value: Template)] = []
    /// Headers whose values are sent as they are and shown nowhere.
    public var secretHeaders: [(name: String, value: String)] = []
    public var body = BodyTemplate.none
    /// For all attempts together.
    public var timeout: Duration = .seconds(5)
    /// Further attempts after a failure that may pass: no connection, or a status of ``Workflow/mayPass(_:)``.
    public var retries = 0
    /// Whether a method that is not idempotent may be tried again as well.
    public var retriesUnsafeMethods = false
    public var result: ResultPath?
    /// Octets of the result that go to the engine.
    public var maximumResultBytes = 16 * 1_024
    /// What the engine is told, and may say, when there is no result.
    public var onFailure: String?

    /// - Throws: ``WorkflowError`` if the URL has a place for an argument that the function does not require.
    public init(
        name: String,
        description: String,
        parameters: ArgumentSchema = .empty,
        method: Method = .get,
        url: URLTemplate
    ) throws(WorkflowError) {
        for argument in url.arguments where !parameters.required.contains(argument) {
            throw WorkflowError("{\(argument)} of the URL has to be among the required arguments")
        }
        self.name = name
        self.description = description
        self.parameters = parameters
        self.method = method
        self.url = url
    }

    /// Whether a response of this status may be another one the next time.
    static func mayPass(_ status: Int) -> Bool { [429, 500, 502, 503, 504].contains(status) }

    /// The request of one call of the function.
    ///
    /// - Throws: ``WorkflowError`` for arguments that do not fit into it.
    func request(
        _ arguments: [String: JSONValue],
        _ call: WorkflowCall
    ) throws(WorkflowError) -> OutboundHTTPClient.Request {
        let scope = TemplateScope(arguments: arguments, call: call)
        var request = OutboundHTTPClient.Request(
            method: method.rawValue,
            origin: url.origin,
            url: try url.expand(scope, parameters: query),
            headers: [("accept", "application/json"), ("user-agent", "sidetone")] + secretHeaders,
            body: try body.expand(scope)
        )
        if request.body != nil { request.headers.append(("content-type", "application/json")) }
        for (name, template) in headers {
            let value = try template.expand(scope) { value throws(WorkflowError) in
                guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                    throw WorkflowError("an argument holds what a header may not")
                }
                return value
            }
            if let value { request.headers.append((name, value)) }
        }
        return request
    }
}

/// What a workflow knows of the call it runs in.
public struct WorkflowCall: Sendable, Hashable {
    /// Identity of the caller, as the network asserts it.
    public var caller: String
    public var callee: String
    /// Call-ID.
    public var id: String
    public var service: String
    /// Served user.
    public var user: String

    public init(caller: String = "", callee: String = "", id: String, service: String = "", user: String = "") {
        self.caller = caller
        self.callee = callee
        self.id = id
        self.service = service
        self.user = user
    }

    subscript(field: Template.CallField) -> String {
        switch field {
        case .caller: caller
        case .callee: callee
        case .id: id
        case .service: service
        case .user: user
        }
    }
}
