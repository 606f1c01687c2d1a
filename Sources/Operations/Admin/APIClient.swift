/// Who asks something of the API, as far as tokens tell.
public struct APIClient: Sendable, Hashable {
    /// For logs and for the policies of services.
    public let name: String
    /// Whether it bears the token that is good for everything.
    public let mayWrite: Bool

    public static let writer = APIClient(name: "admin", mayWrite: true)
    public static let reader = APIClient(name: "reader", mayWrite: false)
    /// Without a token that is known.
    public static let anyone = APIClient(name: "-", mayWrite: false)

    public init(name: String, mayWrite: Bool) {
        self.name = name
        self.mayWrite = mayWrite
    }
}
