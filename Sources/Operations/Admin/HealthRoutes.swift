import Foundation
import Hummingbird

/// `/healthz` and `/readyz`.
struct HealthRoutes: Sendable {
    /// Paths that need no token: an orchestrator has none.
    static let paths: Set<String> = ["/healthz", "/readyz"]

    let health: any HealthSource

    func add(to router: Router<AdminContext>) {
        router.get("/healthz") { [health] _, _ in
            let isLive = await health.isLive()
            return try Report(status: isLive ? "live" : "dead", reasons: [])
                .response(status: isLive ? .ok : .serviceUnavailable)
        }
        router.get("/readyz") { [health] _, _ in
            let reasons = await health.reasonsNotReady()
            return try Report(status: reasons.isEmpty ? "ready" : "not ready", reasons: reasons)
                .response(status: reasons.isEmpty ? .ok : .serviceUnavailable)
        }
    }

    private struct Report: Encodable {
        var status: String
        var reasons: [NotReadyReason]

        func response(status: HTTPResponse.Status) throws -> Response {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            let body = try encoder.encode(self)
            return Response(
                status: status,
                headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
            )
        }
    }
}
