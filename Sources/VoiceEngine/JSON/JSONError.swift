/// Why a text is not taken as JSON (RFC 8259), with the byte offset of the fault.
public enum JSONError: Error, Sendable, Hashable {
    case malformed(offset: Int)
    case invalidUTF8(offset: Int)
    /// Nested deeper than ``JSONDocument/maximumDepth``.
    case tooDeep(offset: Int)
    /// More values than ``JSONDocument/maximumValues``.
    case tooManyValues(offset: Int)
}
