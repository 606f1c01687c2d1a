/// How the INVITE of a transfer gets to its target.
public enum TransferRoute: String, Sendable, Hashable, CaseIterable {
    /// Straight to the host of the target's URI.
    case direct
    /// By ``OutboundSettings/servingCSCF``, as a call of the served user's.
    case servingCSCF = "s-cscf"

    /// - Parameter uri: Of the target.
    package func target(_ uri: String) -> RouteTarget {
        switch self {
        case .direct: .direct(uri)
        case .servingCSCF: .originating(uri)
        }
    }
}
