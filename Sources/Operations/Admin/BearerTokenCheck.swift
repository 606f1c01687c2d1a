import Hummingbird

/// Lets a request pass that bears the token, that is for a health endpoint, or if no token is set.
struct BearerTokenCheck: RouterMiddleware {
    typealias Context = BasicRequestContext

    let token: String?

    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let token, !HealthRoutes.paths.contains(request.uri.path) else { return try await next(request, context) }
        let presented = request.headers[.authorization] ?? ""
        guard Self.matches(presented, "Bearer \(token)") else {
            return Response(status: .unauthorized, headers: [.wwwAuthenticate: "Bearer"])
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
