/// An absolute URL of the web whose host and port are known, without user information and fragment.
public struct WebURL: Sendable, Hashable, CustomStringConvertible {
    public let origin: WebOrigin
    /// Path and query, beginning with `/`.
    public let target: String

    /// - Returns: `nil` for what is none, or holds anything but visible ASCII characters.
    public init?(_ text: String) {
        guard text.utf8.count <= 2_048, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x23 }),
            let scheme = text.firstRange(of: "://")
        else { return nil }
        let slash = text[scheme.upperBound...].firstIndex(of: "/") ?? text.endIndex
        guard let origin = WebOrigin(String(text[..<slash])) else { return nil }
        self.origin = origin
        target = slash == text.endIndex ? "/" : String(text[slash...])
    }

    public var description: String { "\(origin)\(target)" }
}
