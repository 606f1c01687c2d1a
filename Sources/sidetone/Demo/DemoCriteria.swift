import Foundation
import IMS
import ReferenceAS
import SIP

/// What the service profile says about the demonstration's INVITE.
struct DemoCriteria {
    private let profile: CompiledProfile
    private let file: String

    init(file: String) throws {
        guard let data = FileManager.default.contents(atPath: file) else { throw SystemError("\(file) cannot be read") }
        let document = ProfileDocument(reading: [UInt8](data))
        guard let profile = document.subscription.serviceProfiles.first else {
            throw SystemError("\(file) has no service profile: see sidetone ifc validate \(file)")
        }
        self.profile = CompiledProfile(profile)
        self.file = file
    }

    /// One line for each criterion of a terminating INVITE that matches.
    func explain(callee: String) -> [String] {
        var request = SIPRequest(method: .invite, requestURI: callee)
        request.headers.append(.to, "<\(callee)>")
        let evaluation = profile.evaluate(request, in: EvaluationContext(sessionCase: .terminatingRegistered))
        return evaluation.matches.map { match in
            let server = match.applicationServer
            let name = file.split(separator: "/").last ?? ""
            return "iFC match in \(name): priority \(match.priority) triggers \(server.serverName)"
                + (server.serviceInfo.map { ", service info \"\($0)\"" } ?? "")
        }
    }
}
