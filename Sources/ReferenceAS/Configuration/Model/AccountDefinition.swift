/// What the server is to a peer that asks it for credentials.
public struct AccountDefinition: Sendable, Hashable {
    /// Host of the next hop, as the URI that leads to it names it. Nobody else is shown these credentials.
    public var peer = ""
    /// The only realm that they are for.
    public var realm = ""
    public var username = ""
    public var password: SecretReference?

    public init() {}
}

/// Who may call from an address that is not trusted.
public struct UserDefinition: Sendable, Hashable {
    public var password: SecretReference?

    public init() {}
}
