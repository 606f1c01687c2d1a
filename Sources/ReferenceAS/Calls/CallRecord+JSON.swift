import ApplicationServer
import VoiceEngine

extension CallRecord {
    /// What a call was, on one line: a call detail record.
    func detail() -> [UInt8] {
        JSONWriter.object { writeDetail(into: &$0) }
    }

    /// The detail and the timeline.
    func trace(isUnderWay: Bool) -> [UInt8] {
        JSONWriter.object { json in
            writeDetail(into: &json)
            json.member("underWay", isUnderWay)
            json.name("timeline")
            json.beginArray()
            for entry in entries {
                json.beginObject()
                json.name("ms")
                json.milliseconds(entry.milliseconds)
                json.member("event", entry.event)
                if !entry.detail.isEmpty { json.member("detail", entry.detail) }
                json.endObject()
            }
            json.endArray()
        }
    }

    private func writeDetail(into json: inout JSONWriter) {
        json.member("id", callID)
        json.member("service", service)
        json.member("start", "\(startedAt)")
        json.member("caller", caller)
        json.member("callee", callee)
        json.member("outcome", outcome?.rawValue ?? (endMilliseconds == nil ? "underWay" : "cancelled"))
        json.name("engines")
        json.beginArray()
        for engine in engines { json.string(engine) }
        json.endArray()
        json.optional("decisionMs", decisionMilliseconds)
        json.optional("answerMs", answerMilliseconds)
        json.optional("endMs", endMilliseconds)
        json.optional("releaseMs", releaseMilliseconds)
        json.optional("queueMs", queueMilliseconds)
        if let score = media?.meanOpinionScore { json.number("mos", score) }
        json.member("transfers", entries.count { $0.event == "transferred" })
        json.member("transfersFailed", entries.count { $0.event == "transfer-failed" })
        json.member("cause", cause)
        json.name("functions")
        json.beginArray()
        for tool in tools {
            json.beginObject()
            json.member("name", tool.name)
            json.member("outcome", tool.outcome)
            json.optional("ms", tool.milliseconds)
            json.endObject()
        }
        json.endArray()
    }

    /// How it ended: the last entry that tells.
    private var cause: String {
        let causes: Set<String> = [
            "bye-received", "dialog-lost", "ended-by-operator", "refused", "no-answer", "service-failed", "caller-lost",
        ]
        if let entry = entries.last(where: { causes.contains($0.event) }) {
            return entry.detail.isEmpty ? entry.event : "\(entry.event) \(entry.detail)"
        }
        switch outcome {
        case .answered?: return endMilliseconds == nil ? "" : "bye-sent"
        case nil where endMilliseconds == nil: return ""
        default: return outcome?.rawValue ?? "cancelled"
        }
    }
}

extension JSONWriter {
    /// With a tenth of a millisecond.
    fileprivate mutating func milliseconds(_ value: Double) {
        raw(value.isFinite ? "\(Double(Int(value * 10)) / 10)" : "null")
    }

    fileprivate mutating func optional(_ name: String, _ value: Double?) {
        guard let value else { return }
        self.name(name)
        milliseconds(value)
    }

    fileprivate mutating func number(_ name: String, _ value: Double) {
        self.name(name)
        raw(value.isFinite ? "\(Double(Int(value * 100)) / 100)" : "null")
    }
}
