import Hummingbird

/// Refuses a body that is too long before any of it is read, and errors without a word about the request.
struct RequestLimits: RouterMiddleware {
    typealias Context = AdminContext

    let maximumBodyBytes: Int

    func handle(
        _ request: Request,
        context: AdminContext,
        next: (Request, AdminContext) async throws -> Response
    ) async throws -> Response {
        let length = request.headers[.contentLength].map { Int($0) ?? .max } ?? 0
        let isUnbounded = request.headers[.transferEncoding] != nil
        guard length <= maximumBodyBytes, !isUnbounded else {
            return Response(status: .contentTooLarge, headers: [.connection: "close"])
        }
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            return Response(status: error.status)
        }
    }
}
