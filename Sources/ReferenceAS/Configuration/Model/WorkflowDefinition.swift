import Workflows

/// A function of an engine, as an HTTP request; its name is the key it stands under.
public struct WorkflowDefinition: Sendable, Hashable {
    /// What the function does and when to call it.
    public var description = ""
    /// JSON Schema of the arguments.
    public var parameters = ArgumentSchema.empty.text
    public var method = Workflow.Method.get
    /// With places for arguments.
    public var url = ""
    public var query: [String: String] = [:]
    public var headers: [String: String] = [:]
    /// Sent as `Authorization: Bearer`.
    public var token: SecretReference?
    public var secretHeaders: [String: SecretReference] = [:]
    /// JSON with places for arguments; `nil`: all arguments, where the method has a body.
    public var body: String?
    public var timeout = Duration.seconds(5)
    public var retries = 0
    public var retryUnsafe = false
    public var result: String?
    public var onFailure: String?

    public init() {}

    /// The workflow without its secrets.
    ///
    /// - Throws: `WorkflowError`.
    func value(named name: String) throws(WorkflowError) -> Workflow {
        var workflow = try Workflow(
            name: name,
            description: description,
            parameters: ArgumentSchema(parsing: parameters),
            method: method,
            url: URLTemplate(parsing: url)
        )
        for (name, text) in query.sorted(by: { $0.key < $1.key }) {
            workflow.query.append((name, try Template(parsing: text)))
        }
        for (name, text) in headers.sorted(by: { $0.key < $1.key }) {
            workflow.headers.append((name, try Template(parsing: text)))
        }
        if let body {
            workflow.body = try BodyTemplate(parsing: body)
        } else if method == .post || method == .put || method == .patch {
            workflow.body = .arguments
        }
        workflow.timeout = timeout
        workflow.retries = retries
        workflow.retriesUnsafeMethods = retryUnsafe
        if let result {
            guard let path = ResultPath(result) else { throw WorkflowError("result: \"\(result)\" is no path") }
            workflow.result = path
        }
        workflow.onFailure = onFailure
        return workflow
    }

    /// The workflow with its secrets resolved.
    func resolved(named name: String) throws -> Workflow {
        var workflow = try value(named: name)
        if let token { workflow.secretHeaders.append(("authorization", "Bearer \(try token.resolve())")) }
        for (header, reference) in secretHeaders.sorted(by: { $0.key < $1.key }) {
            workflow.secretHeaders.append((header, try reference.resolve()))
        }
        return workflow
    }
}
