import SIP

/// The checks of the service point triggers of one initial filter criterion.
struct CriterionChecks {
    private static let methods: Set<String> = [
        "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "PRACK", "UPDATE", "MESSAGE", "REFER", "PUBLISH",
        "INFO", "SUBSCRIBE", "NOTIFY",
    ]
    /// Sent only inside a dialog, or about another request, so never as an initial request.
    private static let inDialogMethods: Set<String> = ["ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO"]

    private let triggers: [ServicePointTrigger]

    init(_ criterion: InitialFilterCriteria) {
        triggers = criterion.triggerPoint?.servicePointTriggers ?? []
    }

    /// What can be checked of a criterion although it is broken.
    init(_ criterion: BrokenCriterion) {
        triggers = criterion.readableTriggers
    }

    /// - Returns: Whether every pattern compiles.
    func run(_ compiler: inout TestCompiler, _ found: inout [ProfileDiagnostic]) -> Bool {
        var compiles = true
        for trigger in triggers {
            do {
                _ = try compiler.compile(trigger)
            } catch {
                compiles = false
                found.append(ProfileDiagnostic(error.rule, error.message, at: error.location(in: trigger)))
            }
            check(trigger, &found)
        }
        return compiles
    }

    private func check(_ trigger: ServicePointTrigger, _ found: inout [ProfileDiagnostic]) {
        let nowhere = SourceLocation(line: 1, column: 1, xpath: "/")
        let location = trigger.subjectLocation ?? trigger.location ?? nowhere
        let contentLocation = trigger.contentLocation ?? location
        switch trigger.test {
        case .sessionCase: break
        case .method(let method, _): checkMethod(method, location, &found)
        case .requestURI(let pattern):
            checkPattern(pattern, location, &found)
            checkRequestURI(pattern, location, &found)
        case .sipHeader(let name, let content):
            if let content { checkPattern(content, contentLocation, &found) }
            if !ServicePointTrigger.isHeaderName(name) {
                let message =
                    "Header \"\(name)\" is not the name of a header; it is read as a pattern over whole names "
                    + "(TS 29.228 Annex F)."
                found.append(ProfileDiagnostic(.headerNotAName, message, at: location))
            }
        case .sessionDescription(let line, let content):
            if let content { checkPattern(content, contentLocation, &found) }
            if line.utf8.count != 1 || !line.utf8.allSatisfy({ ByteSet.lower.contains($0) }) {
                let message = "Line \"\(line)\" is not one SDP type letter such as m (TS 29.228 Annex F)."
                found.append(ProfileDiagnostic(.lineNotALetter, message, at: location))
            }
        }
    }

    private func checkMethod(_ method: String, _ location: SourceLocation, _ found: inout [ProfileDiagnostic]) {
        let upper = method.uppercased()
        if method != upper, Self.methods.contains(upper) {
            let message = "Method \"\(method)\" never matches: methods compare with case (RFC 3261 §7.1)."
            found.append(ProfileDiagnostic(.methodCase, message, at: location))
        } else if !Self.methods.contains(method) {
            let message = "Method \"\(method)\" is not a SIP method that is registered with IANA."
            found.append(ProfileDiagnostic(.methodUnknown, message, at: location))
        } else if Self.inDialogMethods.contains(method) {
            let message =
                "\(method) is never an initial request, and only those are evaluated (TS 24.229 §5.4.3)."
            found.append(ProfileDiagnostic(.methodNotInitial, message, at: location))
        }
    }

    private func checkPattern(_ pattern: String, _ location: SourceLocation, _ found: inout [ProfileDiagnostic]) {
        if pattern.utf8.count >= 2, pattern.hasPrefix("\""), pattern.hasSuffix("\"") {
            let message = "The pattern has quotes around it, which the value of the request must have too."
            found.append(ProfileDiagnostic(.patternQuoted, message, at: location))
        }
        if pattern == "null" {
            let message = "The pattern is the word null; leave the element out to test for presence."
            found.append(ProfileDiagnostic(.patternNull, message, at: location))
        }
        let length = pattern.utf8.count
        if length >= CompiledProfile.kamailioBufferSize, length <= ExtendedRegularExpression.maximumPatternLength {
            let message = "The pattern has \(length) bytes; Kamailio never matches one of 256 or more."
            found.append(ProfileDiagnostic(.patternLong, message, at: location))
        }
    }

    private func checkRequestURI(_ pattern: String, _ location: SourceLocation, _ found: inout [ProfileDiagnostic]) {
        if ProfilePattern.namesScheme(pattern) {
            let message =
                "The pattern begins with a scheme, but it is matched on hostport or telephone-subscriber: of "
                + "sip:alice@ims.example on ims.example (TS 29.228 Annex F)."
            found.append(ProfileDiagnostic(.requestURIScheme, message, at: location))
        } else if pattern.utf8.contains(UInt8(ascii: "@")) {
            let message = "The pattern has an \"@\", which hostport never holds (TS 29.228 Annex F)."
            found.append(ProfileDiagnostic(.requestURIUser, message, at: location))
        }
    }
}
