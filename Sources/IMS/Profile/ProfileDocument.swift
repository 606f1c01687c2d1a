/// A document that carries service profiles: Cx user data, Sh data, or a fragment of either.
///
/// Reading never fails as a whole when XML can be made out: each oddity becomes a diagnostic, and a broken
/// criterion costs that criterion only.
public struct ProfileDocument: Sendable {
    public enum Root: String, Sendable, Hashable, CaseIterable {
        case imsSubscription = "IMSSubscription"
        case shData = "Sh-Data"
        case serviceProfile = "ServiceProfile"
        case initialFilterCriteria = "InitialFilterCriteria"
        case ifcs = "IFCs"

        /// Whether the document is a part of one that an HSS sends.
        public var isFragment: Bool { self != .imsSubscription && self != .shData }
    }

    /// `nil` when the document is not XML or is about something else.
    public let root: Root?
    /// The profiles; for Sh data and fragments one, perhaps without identities.
    public let subscription: IMSSubscription
    /// All that Sh data says; `nil` for other documents.
    public let shData: ShData?
    /// What reading found, in document order.
    public let diagnostics: [ProfileDiagnostic]

    /// Reads a document of at most 256 KiB.
    public init(reading bytes: [UInt8]) {
        var reader = ProfileReader()
        (root, subscription) = reader.read(bytes)
        shData = reader.shData
        diagnostics = reader.diagnostics
    }

    public init(reading text: String) {
        self.init(reading: Array(text.utf8))
    }

    /// Whether there is something to evaluate.
    public var isReadable: Bool { root != nil }
}
