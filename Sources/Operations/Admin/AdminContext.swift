import Hummingbird

/// What is known of a request beside what it says.
public struct AdminContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// Whose token the request bears.
    public internal(set) var client = APIClient.anyone
    /// Where it came from.
    let peer: String

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress ?? "-"
    }
}
