import Hummingbird
import Logging

/// Lets a request pass that bears a token which is good for its method, that is for a health endpoint, or that only
/// reads when no token is set. Nothing is changed without one. What is asked of the API, and everything
/// that is refused, leaves a line in the log: the audit log.
struct AccessControl: RouterMiddleware {
    typealias Context = AdminContext

    /// Good for everything.
    let token: String?
    /// Good for GET and HEAD.
    let readToken: String?
    let logger: Logger

    /// Characters of a path that the log shows.
    private static let maximumPathLength = 256

    func handle(
        _ request: Request,
        context: AdminContext,
        next: (Request, AdminContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        if HealthRoutes.paths.contains(path) { return try await next(request, context) }
        let (client, refusal) = decide(on: request)
        if let refusal {
            audit(request, client, context, status: refusal.status)
            return refusal
        }
        var context = context
        context.client = client
        do {
            let response = try await next(request, context)
            if isOfAPI(path) { audit(request, client, context, status: response.status) }
            return response
        } catch {
            audit(request, client, context, status: (error as? any HTTPResponseError)?.status ?? .internalServerError)
            throw error
        }
    }

    private func decide(on request: Request) -> (APIClient, refusal: Response?) {
        let isReading = request.method == .get || request.method == .head
        guard token != nil || readToken != nil else {
            return (.anyone, isReading ? nil : Response(status: .forbidden))
        }
        let presented = request.headers[.authorization] ?? ""
        if let token, Self.matches(presented, "Bearer \(token)") { return (.writer, nil) }
        guard let readToken, Self.matches(presented, "Bearer \(readToken)") else {
            return (.anyone, Response(status: .unauthorized, headers: [.wwwAuthenticate: "Bearer"]))
        }
        guard isReading else {
            return (
                .reader,
                Response(status: .forbidden, headers: [.wwwAuthenticate: "Bearer error=\"insufficient_scope\""])
            )
        }
        return (.reader, nil)
    }

    /// As the router sees it, for which `//api` is `/api`.
    private func isOfAPI(_ path: String) -> Bool { path.split(separator: "/").first == "api" }

    private func audit(_ request: Request, _ client: APIClient, _ context: AdminContext, status: HTTPResponse.Status) {
        logger.notice(
            "admin request",
            metadata: [
                "admin.client": "\(client.name)",
                "admin.peer": "\(context.peer)",
                "admin.method": "\(request.method.rawValue)",
                "admin.path": "\(request.uri.path.prefix(Self.maximumPathLength))",
                "admin.status": "\(status.code)",
            ]
        )
    }

    /// Compares in a time that tells only the length of what was presented.
    static func matches(_ presented: String, _ expected: String) -> Bool {
        let presented = Array(presented.utf8)
        let expected = Array(expected.utf8)
        var difference = presented.count ^ expected.count
        for index in presented.indices {
            difference |= Int(presented[index] ^ expected[index % expected.count])
        }
        return difference == 0
    }
}
