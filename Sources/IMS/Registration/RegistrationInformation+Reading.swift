extension RegistrationInformation {
    /// Most registrations, and most contacts of all of them together, in a document and in a ``RegistrationState``.
    public static let maximumEntries = 1_024
    public static let mediaType = "application/reginfo+xml"

    static let namespace = "urn:ietf:params:xml:ns:reginfo"

    /// Reads a body of at most 256 KiB. Elements and attributes that are not known are passed over (RFC 3680 §5.1).
    public init(parsing bytes: [UInt8]) throws(RegistrationInformationError) {
        let tree: MarkupTree
        do {
            tree = try MarkupTree(bytes)
        } catch {
            throw .notReadable(line: error.line)
        }
        let root = Element(tree, 0)
        guard root.node.name == "reginfo", root.node.namespace == Self.namespace else {
            throw .notRegistrationInformation
        }
        version = try root.number("version")
        completeness = try root.value("state")
        registrations = []
        var contactCount = 0
        for element in root.children("registration") {
            let registration = try Self.registration(element)
            contactCount += registration.contacts.count
            registrations.append(registration)
            guard registrations.count <= Self.maximumEntries, contactCount <= Self.maximumEntries else {
                throw .tooMany
            }
        }
    }

    private static func registration(_ element: Element) throws(RegistrationInformationError) -> Registration {
        var registration = Registration(
            addressOfRecord: try element.text("aor"), id: try element.text("id"), state: try element.value("state"))
        for contact in element.children("contact") {
            guard registration.contacts.count < maximumEntries else { throw .tooMany }
            registration.contacts.append(try self.contact(contact))
        }
        return registration
    }

    private static func contact(_ element: Element) throws(RegistrationInformationError) -> Contact {
        guard let uri = element.children("uri").first?.content, !uri.isEmpty else { throw element.fault("uri") }
        var contact = Contact(
            id: try element.text("id"), uri: uri, state: try element.value("state"), event: try element.value("event"))
        contact.displayName = element.children("display-name").first?.content
        contact.expires = try element.optionalNumber("expires")
        contact.retryAfter = try element.optionalNumber("retry-after")
        contact.durationRegistered = try element.optionalNumber("duration-registered")
        contact.q = element.attribute("q")
        contact.callID = element.attribute("callid")
        contact.cSeq = try element.optionalNumber("cseq")
        return contact
    }

    /// An element of the document, with what may be asked of it.
    private struct Element {
        private let tree: MarkupTree
        let node: MarkupTree.Node

        init(_ tree: MarkupTree, _ index: Int) {
            self.tree = tree
            node = tree.nodes[index]
        }

        var content: String { node.text.trimmingXMLSpace() }

        func children(_ name: String) -> [Element] {
            node.children.lazy.filter { tree.nodes[$0].name == name && tree.nodes[$0].namespace == namespace }
                .map { Element(tree, $0) }
        }

        func attribute(_ name: String) -> String? { node.attributes.first { $0.name == name }?.value }

        func fault(_ name: String) -> RegistrationInformationError {
            .invalid(element: node.name, attribute: name, line: node.line)
        }

        func text(_ name: String) throws(RegistrationInformationError) -> String {
            guard let value = attribute(name)?.trimmingXMLSpace(), !value.isEmpty else { throw fault(name) }
            return value
        }

        func value<Value: RawRepresentable<String>>(_ name: String) throws(RegistrationInformationError) -> Value {
            guard let value = Value(rawValue: try text(name)) else { throw fault(name) }
            return value
        }

        func number(_ name: String) throws(RegistrationInformationError) -> UInt32 {
            guard let value = try optionalNumber(name) else { throw fault(name) }
            return value
        }

        /// A number beyond 32 bits counts as the largest.
        func optionalNumber(_ name: String) throws(RegistrationInformationError) -> UInt32? {
            guard let text = attribute(name)?.trimmingXMLSpace() else { return nil }
            guard !text.isEmpty, text.utf8.count <= 32, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
                throw fault(name)
            }
            let digits = text.drop { $0 == "0" }
            return digits.isEmpty ? 0 : UInt32(digits) ?? .max
        }
    }
}
