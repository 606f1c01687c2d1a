import ApplicationServer
import Operations
import VoiceEngine
import Workflows

/// The workflows of one service, as the functions of its engine.
struct WorkflowTools: ToolRunner {
    private let runner: WorkflowRunner
    private let metrics: WorkflowMetrics
    let tools: [EngineTool]

    init(_ names: [String], of runner: WorkflowRunner, _ metrics: WorkflowMetrics) {
        self.runner = runner
        self.metrics = metrics
        tools = runner.tools(names)
    }

    func run(_ call: EngineToolCall, in context: ToolContext) async -> ToolOutput {
        let result = await runner.run(
            call.name,
            arguments: call.arguments,
            for: WorkflowCall(
                caller: context.caller ?? "",
                callee: context.callee,
                id: context.callID,
                service: context.service,
                user: context.servedUser ?? ""
            )
        )
        metrics.count(call.name, result)
        let attempts = result.attempts > 1 ? ", \(result.attempts) attempts" : ""
        return ToolOutput(
            output: result.output, outcome: result.outcome.rawValue, detail: result.detail + attempts)
    }
}

/// Counts workflows by name and outcome.
struct WorkflowMetrics: Sendable {
    private let counters: [String: [WorkflowResult.Outcome: Operations.Counter]]
    private let times: [String: Histogram]

    init(_ names: [String], _ registry: MetricsRegistry) {
        var counters: [String: [WorkflowResult.Outcome: Operations.Counter]] = [:]
        var times: [String: Histogram] = [:]
        for name in names {
            for outcome in WorkflowResult.Outcome.allCases {
                counters[name, default: [:]][outcome] = registry.counter(
                    "sidetone_workflow_runs_total",
                    help: "Functions of engines carried out as HTTP requests, by what came of them.",
                    labels: ["workflow": name, "outcome": outcome.rawValue]
                )
            }
            times[name] = registry.histogram(
                "sidetone_workflow_seconds",
                help: "From an engine's call of a function until it had the result.",
                labels: ["workflow": name]
            )
        }
        self.counters = counters
        self.times = times
    }

    func count(_ name: String, _ result: WorkflowResult) {
        counters[name]?[result.outcome]?.increment()
        times[name]?.record(result.duration)
    }
}
