/// Why an engine could not be used for a call.
public enum EngineConnectError: Error, Sendable, Hashable {
    /// The WebSocket handshake was answered with another HTTP status than 101.
    case refused(status: Int)
    /// Nothing usable came within the time allowed.
    case timedOut(after: Duration)
    /// No connection: refused, unreachable, name not found, certificate not accepted. The text says what to do.
    case unreachable(String)
    /// The engine answered, but not in its dialect.
    case protocolViolation(String)
    /// The URL cannot be used: scheme, host or port.
    case invalidURL(String)
    /// The media plane does not know the session, or it was released meanwhile.
    case sessionReleased
}
