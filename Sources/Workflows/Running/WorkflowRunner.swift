import Synchronization
import VoiceEngine

/// Runs the workflows of a deployment. What an engine asks for is checked before anything leaves the machine.
public final class WorkflowRunner: Sendable {
    private struct Load {
        var total = 0
        var byCall: [String: Int] = [:]
    }

    private let workflows: [String: Workflow]
    private let client: OutboundHTTPClient
    private let limits: WorkflowLimits
    private let load = Mutex(Load())

    public init(workflows: [Workflow], client: OutboundHTTPClient, limits: WorkflowLimits = WorkflowLimits()) {
        self.workflows = Dictionary(workflows.map { ($0.name, $0) }) { first, _ in first }
        self.client = client
        self.limits = limits
    }

    /// The functions as an engine is offered them, in order of their names.
    ///
    /// - Parameter names: Which of them.
    public func tools(_ names: some Collection<String>) -> [EngineTool] {
        names.compactMap { workflows[$0] }.sorted { $0.name < $1.name }.map { workflow in
            EngineTool(
                name: workflow.name,
                description: workflow.description,
                parameters: workflow.parameters.text
            )
        }
    }

    /// How many run now.
    public var runningCount: Int { load.withLock { $0.total } }

    /// Runs one function; gives up when the task is cancelled.
    ///
    /// - Parameter arguments: A JSON object as the engine wrote it.
    public func run(_ name: String, arguments: String, for call: WorkflowCall) async -> WorkflowResult {
        guard let workflow = workflows[name] else {
            return .failure(.unknown, "no such function", words: "There is no such function.")
        }
        guard enter(call.id) else { return .failure(.busy, "too many under way", words: workflow.onFailure) }
        defer { leave(call.id) }
        let start = ContinuousClock.now
        var result = await run(workflow, arguments, call)
        result.duration = ContinuousClock.now - start
        return result
    }

    private func run(_ workflow: Workflow, _ arguments: String, _ call: WorkflowCall) async -> WorkflowResult {
        let request: OutboundHTTPClient.Request
        do throws(WorkflowError) {
            request = try workflow.request(try workflow.parameters.arguments(parsing: arguments), call)
        } catch {
            // The engine can mend its arguments if it knows what is wrong with them.
            return .failure(.invalidArguments, "\(error)", words: "\(error)")
        }
        let end = ContinuousClock.now + workflow.timeout
        let mayRetry = workflow.method.isIdempotent || workflow.retriesUnsafeMethods
        var attempt = 0
        while true {
            attempt += 1
            let isLast = !mayRetry || attempt > workflow.retries
            let result = await self.attempt(workflow, request, number: attempt, until: end)
            guard !isLast, result.outcome.mayPass else { return result }
            let pause = Self.pause(after: attempt)
            guard ContinuousClock.now + pause < end else { return result }
            do { try await Task.sleep(for: pause) } catch {
                return .failure(.cancelled, "cancelled", words: nil, attempts: attempt)
            }
        }
    }

    /// Twice as long each time, and never the same for two callers.
    static func pause(after attempt: Int) -> Duration {
        let longest = 100 << min(attempt - 1, 5)
        return .milliseconds(Int.random(in: longest / 2...longest))
    }

    private func attempt(
        _ workflow: Workflow,
        _ request: OutboundHTTPClient.Request,
        number: Int,
        until end: ContinuousClock.Instant
    ) async -> WorkflowResult {
        let response: OutboundHTTPClient.Response
        do throws(OutboundHTTPError) {
            response = try await client.send(request, within: end - .now)
        } catch {
            return .failure(error.outcome, "\(error)", words: workflow.onFailure, attempts: number)
        }
        guard response.isSuccess else {
            let outcome: WorkflowResult.Outcome = Workflow.mayPass(response.status) ? .unreachable : .refused
            return .failure(outcome, "HTTP \(response.status)", words: workflow.onFailure, attempts: number)
        }
        guard let value = Self.result(response.body, workflow.result) else {
            return .failure(.noResult, "no such part in the response", words: workflow.onFailure, attempts: number)
        }
        let result = WorkflowResult.success(value, attempts: number, detail: "HTTP \(response.status)")
        guard result.output.utf8.count <= workflow.maximumResultBytes else {
            return .failure(
                .tooLarge, "\(result.output.utf8.count) octets", words: workflow.onFailure, attempts: number)
        }
        return result
    }

    private static func result(_ body: [UInt8], _ path: ResultPath?) -> JSONValue? {
        if let value = try? JSONValue(parsing: body) { return path.map { $0.part(of: value) } ?? value }
        guard path == nil else { return nil }
        return .string(String(decoding: body, as: UTF8.self))
    }

    // MARK: Load

    private func enter(_ call: String) -> Bool {
        load.withLock { load in
            guard load.total < limits.total, load.byCall[call, default: 0] < limits.perCall else { return false }
            load.total += 1
            load.byCall[call, default: 0] += 1
            return true
        }
    }

    private func leave(_ call: String) {
        load.withLock { load in
            load.total -= 1
            let rest = load.byCall[call, default: 1] - 1
            load.byCall[call] = rest == 0 ? nil : rest
        }
    }
}

extension WorkflowResult.Outcome {
    /// Whether another attempt may go better.
    fileprivate var mayPass: Bool { self == .unreachable }
}

extension OutboundHTTPError {
    fileprivate var outcome: WorkflowResult.Outcome {
        switch self {
        case .originNotAllowed, .addressNotAllowed, .redirected: .notAllowed
        case .unresolved, .unreachable: .unreachable
        case .timedOut: .timedOut
        case .tooLarge: .tooLarge
        case .cancelled: .cancelled
        }
    }
}
