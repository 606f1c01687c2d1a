import ArgumentParser
import IMS
import SIP

/// The profile that applies to a request, and the circumstances of its evaluation.
struct IFCSubject {
    let identity: String?
    let profile: ServiceProfile
    let context: EvaluationContext

    /// - Throws: A usage error if the profile cannot be told.
    init(
        document: ProfileDocument, request: SIPRequest, sessionCase: SessionCase, options: IFCEvaluationOptions
    ) throws {
        (identity, profile) = try Self.select(document, request, sessionCase, options.identity)
        let isRegistered: Bool? =
            if sessionCase == .originatingCDIV, let state = Self.servedUserParameter("regstate", request) {
                state != "unreg"
            } else { nil }
        context = EvaluationContext(
            sessionCase: sessionCase,
            registrationType: options.registrationType?.value ?? Self.registrationType(request),
            isRegistered: isRegistered)
    }

    private static func select(
        _ document: ProfileDocument, _ request: SIPRequest, _ sessionCase: SessionCase, _ asked: String?
    ) throws -> (String?, ServiceProfile) {
        let subscription = document.subscription
        let profiles = subscription.serviceProfiles
        if let asked {
            if let found = subscription.profile(for: asked) { return (found.identity.identity, profiles[found.index]) }
            // A fragment names nobody, so it can be anybody's.
            if profiles.count == 1, profiles[0].publicIdentities.isEmpty { return (asked, profiles[0]) }
            throw ValidationError("no service profile has the identity \(asked)")
        }
        let served = ServedUserSelection.servedUser(of: request, sessionCase: sessionCase)
        if let served, let found = subscription.profile(for: served.uri) {
            return (found.identity.identity, profiles[found.index])
        }
        let user = served?.uri
        guard profiles.count == 1 else {
            throw ValidationError(
                profiles.isEmpty
                    ? "the document has no service profile"
                    : "no service profile has the served user \(user ?? "(none)"); choose one with --identity")
        }
        guard let only = profiles[0].publicIdentities.first?.identity else { return (user, profiles[0]) }
        IFCFiles.note("note: the served user \(user ?? "(none)") is not in the profile; the only profile is used")
        return (only, profiles[0])
    }

    /// What the message says about a REGISTER: leaving is seen, arriving and staying look alike.
    private static func registrationType(_ request: SIPRequest) -> RegistrationType? {
        guard request.method == .register else { return nil }
        let contacts = (try? request.headers.addresses(.contact)) ?? []
        let expirations = contacts.compactMap { $0.parameters["expires"] }
        let leaves =
            expirations.isEmpty ? (try? request.headers.expires()) == 0 : expirations.allSatisfy { UInt32($0) == 0 }
        if leaves { return .deRegistration }
        IFCFiles.note("note: the REGISTER is taken for an initial one; say otherwise with --registration-type")
        return .initial
    }

    /// The session case that P-Served-User states (RFC 5502 §6).
    static func statedSessionCase(_ request: SIPRequest) -> SessionCase? {
        let isUnregistered = servedUserParameter("regstate", request) == "unreg"
        return switch servedUserParameter("sescase", request) {
        case "orig": isUnregistered ? .originatingUnregistered : .originating
        case "term": isUnregistered ? .terminatingUnregistered : .terminatingRegistered
        case "orig-cdiv": .originatingCDIV
        default: hasFlag("orig-cdiv", request) ? .originatingCDIV : nil
        }
    }

    private static func servedUserParameter(_ name: String, _ request: SIPRequest) -> String? {
        (try? request.headers.address(.pServedUser))?.parameters[name]?.lowercased()
    }

    /// `orig-cdiv` stands alone, without `sescase` (RFC 8498 §4).
    private static func hasFlag(_ name: String, _ request: SIPRequest) -> Bool {
        (try? request.headers.address(.pServedUser))?.parameters.contains(name) ?? false
    }
}
