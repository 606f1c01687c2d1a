import Foundation
import Hummingbird
import NIOCore

/// `/api/calls` and what is below it.
struct CallRoutes: Sendable {
    /// Octets of a request body.
    private static let maximumBodyBytes = 64 * 1_024

    let control: any CallControl

    func add(to router: Router<AdminContext>) {
        router.post("/api/calls") { [control] request, context in
            let body = try await request.body.collect(upTo: Self.maximumBodyBytes)
            return Self.response(
                await control.startCall(Array(body.readableBytesView), for: context.client))
        }
        router.get("/api/calls") { [control] _, context in
            Self.response(await control.listCalls(for: context.client))
        }
        router.get("/api/calls/{id}") { [control] _, context in
            Self.response(await control.trace(of: try Self.callID(context), for: context.client))
        }
        router.get("/api/calls/{id}/handover") { [control] _, context in
            Self.response(await control.handOver(of: try Self.callID(context)))
        }
        router.delete("/api/calls/{id}") { [control] _, context in
            Self.response(await control.endCall(try Self.callID(context)))
        }
    }

    /// The Call-ID in the path, decoded.
    private static func callID(_ context: AdminContext) throws -> String {
        let id = try context.parameters.require("id")
        return id.removingPercentEncoding ?? id
    }

    private static func response(_ answer: APIAnswer) -> Response {
        var response = Response(status: .init(code: answer.status), headers: [.cacheControl: "no-store"])
        if !answer.json.isEmpty {
            response.headers[.contentType] = "application/json"
            response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: answer.json))
        }
        return response
    }
}
