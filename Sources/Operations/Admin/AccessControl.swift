import Hummingbird

/// Lets a request pass that bears a token which is good for its method, that is for a health endpoint, or that only
/// reads when no token is set. Nothing is changed through the API without one.
struct BearerTokenCheck: RouterMiddleware {
    typealias Context = BasicRequestContext

    /// Who the bearer of the writing token is, for the policies of services.
    static let writerName = "admin"

    /// Good for everything.
    let token: String?
    /// Good for GET and HEAD.
    let readToken: String?

    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        if HealthRoutes.paths.contains(request.uri.path) { return try await next(request, context) }
        let isReading = request.method == .get || request.method == .head
        guard token != nil || readToken != nil else {
            let isForbidden = !isReading && request.uri.path.hasPrefix("/api/")
            return isForbidden ? Response(status: .forbidden) : try await next(request, context)
        }
        let presented = request.headers[.authorization] ?? ""
        if let token, Self.matches(presented, "Bearer \(token)") { return try await next(request, context) }
        guard let readToken, Self.matches(presented, "Bearer \(readToken)") else {
            return Response(status: .unauthorized, headers: [.wwwAuthenticate: "Bearer"])
        }
        guard isReading else {
            return Response(
                status: .forbidden, headers: [.wwwAuthenticate: "Bearer error=\"insufficient_scope\""])
        }
        return try await next(request, context)
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
