import SDP
import SIP

/// What is wrong with one message, in the shape of the command line's JSON.
struct MessageReport: Encodable {
    struct Diagnostic: Encodable {
        var severity: String
        var message: String
        var header: String?
        var offset: Int
    }

    var path: String
    var valid = true
    var kind: String?
    var method: String?
    /// The status a UAS would answer an invalid request with.
    var answer: Int?
    var diagnostics: [Diagnostic] = []

    init(path: String, bytes: [UInt8]) {
        self.path = path
        do throws(SIPParseError) {
            let message = try SIPMessage(parsing: bytes)
            switch message {
            case .request(let request):
                kind = "request"
                method = request.method.rawValue
                check { () throws(SIPParseError) in _ = try request.uri() }
                check(message.headers, requestMethod: request.method)
            case .response:
                kind = "response"
                check(message.headers, requestMethod: nil)
            }
            checkBody(message)
        } catch {
            add(error)
            if let refusal = SIPResponse.refusing(malformed: bytes, because: error) {
                kind = "request"
                answer = refusal.status.rawValue
            }
        }
    }

    private mutating func check(_ headers: SIPHeaders, requestMethod: SIPMethod?) {
        for name in [HeaderName.via, .from, .to, .callID, .cSeq] where !headers.contains(name) {
            add(SIPParseError(.missing, field: name))
        }
        if requestMethod != nil, !headers.contains(.maxForwards) {
            // RFC 2543 had no Max-Forwards: such a request is served (RFC 4475 §3.4.1).
            warn(SIPParseError(.missing, field: .maxForwards))
        }
        for name in HeaderCheck.once where headers.all(name).count > 1 {
            add(SIPParseError(.repeated, field: name))
        }
        for item in HeaderCheck.all {
            do throws(SIPParseError) {
                try item.read(headers)
            } catch  where error.fault == .missing {
                continue  // Said above.
            } catch {
                if item.isEssential { add(error) } else { warn(error) }
            }
        }
        if let requestMethod, let cSeq = try? headers.cSeq(), cSeq.method != requestMethod {
            add(SIPParseError(.mismatch, field: .cSeq))
        }
    }

    private mutating func checkBody(_ message: SIPMessage) {
        do throws(MultipartError) {
            _ = try message.multipart()
        } catch {
            valid = false
            if kind == "request" { answer = answer ?? error.responseStatus.rawValue }
            diagnostics.append(
                Diagnostic(severity: "error", message: "body: \(error)", header: "Content-Type", offset: 0)
            )
        }
        guard message.headers.first(.contentType)?.lowercased().hasPrefix("application/sdp") == true else { return }
        do throws(SDPParseError) {
            _ = try SessionDescription(parsing: message.body)
        } catch {
            diagnostics.append(
                Diagnostic(severity: "warning", message: "SDP: \(error)", header: "Content-Type", offset: error.offset)
            )
        }
    }

    private mutating func check(_ body: () throws(SIPParseError) -> Void) {
        do throws(SIPParseError) { try body() } catch { add(error) }
    }

    private mutating func add(_ error: SIPParseError) {
        valid = false
        if kind == "request" { answer = answer ?? error.responseStatus.rawValue }
        report(error, severity: "error")
    }

    /// A fault that a UAS that does not act on the field passes over.
    private mutating func warn(_ error: SIPParseError) {
        report(error, severity: "warning")
    }

    private mutating func report(_ error: SIPParseError, severity: String) {
        diagnostics.append(
            Diagnostic(
                severity: severity,
                message: "\(error)",
                header: error.field?.rawValue,
                offset: error.offset
            )
        )
    }

    var text: String {
        var lines = ["\(path): \(valid ? "valid" : "invalid") \(kind ?? "message")\(method.map { " " + $0 } ?? "")"]
        lines += diagnostics.map { "  \($0.severity): \($0.message)" }
        if let answer { lines.append("  a UAS answers \(answer)") }
        return lines.joined(separator: "\n")
    }
}
