import ApplicationServer
import Operations
import VoiceEngine
import Workflows

/// The API on calls, answered by a running system.
public struct SystemCallControl: CallControl {
    private let server: SIPApplicationServer
    private let archive: CallArchive
    /// Hides identities and words from clients that only read; `nil`: they see everything.
    private let mask: IdentityMask?

    public init(_ system: ReferenceSystem) {
        server = system.server
        archive = system.archive
        mask = system.configuration.admin.maskReads ? system.mask : nil
    }

    /// Takes `{"service": "…", "to": "…", "from": "…"}`; `from`, the served user, may be left out.
    public func startCall(_ body: [UInt8], for client: APIClient) async -> APIAnswer {
        guard let value = try? JSONValue(parsing: body), let service = value["service"]?.text,
            let target = value["to"]?.text
        else { return Self.failure(400, "bad-request") }
        let request = OutboundCallRequest(
            service: service, target: target, starter: client.name, servedUser: value["from"]?.text)
        do throws(OutboundCallError) {
            let callID = try await server.startCall(request)
            return APIAnswer(status: 202, json: JSONWriter.object { $0.member("id", callID) })
        } catch {
            switch error {
            case .notConfigured: return Self.failure(501, "not-configured")
            case .unknownService: return Self.failure(404, "unknown-service")
            case .refused(let refusal): return Self.failure(refusal.isPassing ? 429 : 403, refusal.rawValue)
            case .badAddress: return Self.failure(400, "bad-address")
            case .draining: return Self.failure(503, "draining")
            case .tooManyCalls: return Self.failure(503, "too-many-calls")
            case .media: return Self.failure(503, "no-media")
            }
        }
    }

    public func listCalls(for client: APIClient) async -> APIAnswer {
        var json = JSONWriter()
        json.beginObject()
        json.name("calls")
        json.beginArray()
        for record in await server.recordsUnderWay() {
            json.raw(String(decoding: shown(record, to: client).detail(), as: UTF8.self))
        }
        json.endArray()
        json.endObject()
        return APIAnswer(status: 200, json: json.bytes)
    }

    public func trace(of callID: String, for client: APIClient) async -> APIAnswer {
        if let record = await server.recordUnderWay(of: callID) {
            return APIAnswer(status: 200, json: shown(record, to: client).trace(isUnderWay: true))
        }
        guard let record = archive.record(of: callID) else { return Self.failure(404, "unknown-call") }
        return APIAnswer(status: 200, json: shown(record, to: client).trace(isUnderWay: false))
    }

    public func handOver(of callID: String) async -> APIAnswer {
        guard let json = server.handOvers.json(callID: callID) else { return Self.failure(404, "unknown-call") }
        return APIAnswer(status: 200, json: json)
    }

    public func endCall(_ callID: String) async -> APIAnswer {
        await server.endCall(callID) ? APIAnswer(status: 204) : Self.failure(404, "unknown-call")
    }

    private func shown(_ record: CallRecord, to client: APIClient) -> CallRecord {
        guard let mask, !client.mayWrite else { return record }
        return record.masked(by: mask)
    }

    /// - Parameter code: A constant: nothing of the request comes back.
    private static func failure(_ status: Int, _ code: String) -> APIAnswer {
        APIAnswer(status: status, json: JSONWriter.object { $0.member("error", code) })
    }
}

extension PolicyRefusal {
    /// Whether the same may be allowed later.
    fileprivate var isPassing: Bool { self == .tooFast || self == .tooManyCalls }
}
