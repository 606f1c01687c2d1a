/// Answers what the API asks about calls. Bodies are JSON.
public protocol CallControl: Sendable {
    /// `POST /api/calls`.
    func startCall(_ body: [UInt8], for client: APIClient) async -> APIAnswer
    /// `GET /api/calls`.
    func listCalls(for client: APIClient) async -> APIAnswer
    /// `GET /api/calls/{id}`.
    func trace(of callID: String, for client: APIClient) async -> APIAnswer
    /// `GET /api/calls/{id}/handover`.
    func handOver(of callID: String) async -> APIAnswer
    /// `DELETE /api/calls/{id}`.
    func endCall(_ callID: String) async -> APIAnswer
}

/// An HTTP status and a JSON text; an empty one is no body.
public struct APIAnswer: Sendable, Hashable {
    public var status: Int
    public var json: [UInt8]

    public init(status: Int, json: [UInt8] = []) {
        self.status = status
        self.json = json
    }
}
