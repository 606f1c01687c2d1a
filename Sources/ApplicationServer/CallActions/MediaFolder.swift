/// The folder whose files a program outside may have played.
public struct MediaFolder: Sendable, Hashable {
    public var path: String

    public init(_ path: String) {
        self.path = path
    }

    /// Whether a text names a file below any folder: parts with `/` between them, each of letters, digits, `-`, `_` and
    /// `.`, and none beginning with a `.`, so that none leads up or is hidden.
    static func isName(_ text: String) -> Bool {
        guard text.utf8.count <= 255 else { return false }
        return text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.first, first != UInt8(ascii: ".") else { return false }
            return part.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
        }
    }

    /// - Returns: `nil` for what is no such name.
    func path(of name: String) -> String? { Self.isName(name) ? "\(path)/\(name)" : nil }
}
