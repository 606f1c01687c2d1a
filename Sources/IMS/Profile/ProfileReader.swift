/// Reads a profile document leniently and keeps a list of what was odd.
struct ProfileReader {
    private(set) var diagnostics: [ProfileDiagnostic] = []
    /// `nil` when the document is not Sh data.
    private(set) var shData: ShData?
    /// Why the criterion being read cannot be used; the first reason stays.
    var brokenReason: String?
    /// The triggers of the criterion being read that can be checked even if it turns out to be broken.
    var readableTriggers: [ServicePointTrigger] = []

    mutating func read(_ bytes: [UInt8]) -> (ProfileDocument.Root?, IMSSubscription) {
        guard let element = rootElement(of: bytes) else { return (nil, IMSSubscription()) }
        guard let root = ProfileDocument.Root(rawValue: element.name) else {
            let names = ProfileDocument.Root.allCases.map(\.rawValue).joined(separator: ", ")
            report(.rootUnknown, "The root element \(element.name) is none of \(names).", element)
            return (nil, IMSSubscription())
        }
        if element.isInNamespace {
            report(.namespace, "\(element.name) is in a namespace; the schema has none.", element)
        }
        if root.isFragment {
            report(.fragment, "\(element.name) is a fragment of a profile; it is checked as one.", element)
        }
        return (root, subscription(root, element))
    }

    /// The root of a document; `nil` and an error if it is not XML.
    mutating func rootElement(of bytes: [UInt8]) -> ProfileElement? {
        do {
            let tree = try MarkupTree(bytes)
            report(tree.repairs)
            return ProfileElement(rootOf: tree)
        } catch {
            report(error)
            return nil
        }
    }

    private mutating func subscription(_ root: ProfileDocument.Root, _ element: ProfileElement) -> IMSSubscription {
        switch root {
        case .imsSubscription: return imsSubscription(element)
        case .shData:
            let (data, profile) = shData(element)
            shData = data
            return IMSSubscription(serviceProfiles: [profile])
        case .serviceProfile: return IMSSubscription(serviceProfiles: [serviceProfile(element, isFragment: true)])
        case .ifcs:
            var profile = ServiceProfile()
            profile.location = element.location
            checkChildren(of: element, [("InitialFilterCriteria", .any)])
            readCriteria(of: element, into: &profile)
            return IMSSubscription(serviceProfiles: [profile])
        case .initialFilterCriteria:
            var profile = ServiceProfile()
            profile.location = element.location
            readCriterion(element, index: 0, into: &profile)
            return IMSSubscription(serviceProfiles: [profile])
        }
    }

    private mutating func imsSubscription(_ element: ProfileElement) -> IMSSubscription {
        checkChildren(
            of: element, [("PrivateID", .one), ("ServiceProfile", .oneOrMore), ("Extension", .optional)])
        let privateID = element.first("PrivateID").flatMap { text(of: $0) }
        return IMSSubscription(
            privateID: privateID,
            serviceProfiles: element.children("ServiceProfile").map { serviceProfile($0, isFragment: false) })
    }
}

// MARK: - Reports

extension ProfileReader {
    mutating func report(_ rule: ProfileRule, _ message: String, _ element: ProfileElement) {
        diagnostics.append(ProfileDiagnostic(rule, message, at: element.location))
    }

    /// Reports an error that makes the criterion being read unusable.
    mutating func breakCriterion(_ rule: ProfileRule, _ message: String, _ element: ProfileElement) {
        report(rule, message, element)
        if brokenReason == nil { brokenReason = message }
    }

    private mutating func report(_ repairs: [MarkupRepair]) {
        for repair in repairs {
            let location = SourceLocation(line: repair.line, column: repair.column, xpath: "/")
            switch repair.kind {
            case .bareAmpersand:
                let message = "\"&\" starts no reference; it is read as \"&amp;\" (XML 1.0 §2.4)."
                diagnostics.append(ProfileDiagnostic(.xmlAmpersand, message, at: location))
            case .lateDeclaration:
                let message = "The XML declaration does not stand first and is ignored (XML 1.0 §2.8)."
                diagnostics.append(ProfileDiagnostic(.xmlLateDeclaration, message, at: location))
            }
        }
    }

    private mutating func report(_ error: MarkupError) {
        let (rule, message): (ProfileRule, String) =
            switch error.fault {
            case .tooLarge: (.xmlLimit, "The document is larger than 256 KiB.")
            case .tooDeep: (.xmlLimit, "Elements nest deeper than 64 levels.")
            case .tooManyAttributes: (.xmlLimit, "An element has more than 64 attributes.")
            case .tooManyElements: (.xmlLimit, "The document has more than 16384 elements.")
            case .documentType: (.xmlDoctype, "The document has a document type declaration and is refused.")
            case .encoding: (.xmlEncoding, "The encoding is not one of UTF-8, UTF-16, US-ASCII and ISO-8859-1.")
            case .notWellFormed(let reason): (.xmlSyntax, "The document is not well-formed XML: \(reason).")
            case .outOfMemory: (.xmlLimit, "There is not enough memory to read the document.")
            }
        let location = SourceLocation(line: error.line, column: error.column, xpath: "/")
        diagnostics.append(ProfileDiagnostic(rule, message, at: location))
    }
}
