/// One line, `<type>=<value>`, of a session description (RFC 8866 §5).
///
/// The value is a view into the bytes the description was parsed from; nothing is copied until it is changed.
public struct SDPLine: Sendable, Hashable {
    /// ASCII lower-case letter.
    public let type: UInt8
    /// Without line end.
    public let value: ArraySlice<UInt8>

    init(type: UInt8, value: ArraySlice<UInt8>) {
        self.type = type
        self.value = value
    }

    /// Makes a line of our own. A carriage return, line feed or NUL in `value` becomes a space, so that a value can
    /// never begin another line.
    ///
    /// - Parameter type: An ASCII lower-case letter; anything else becomes `a`.
    public init(_ type: Character, _ value: String) {
        let letter = type.asciiValue ?? .letterA
        self.type = letter.isLowercaseLetter ? letter : .letterA
        self.value = ArraySlice(value.utf8.map { $0 == .lineFeed || $0 == .carriageReturn || $0 == 0 ? .space : $0 })
    }

    /// The value as text; bytes that are no UTF-8 are replaced.
    public var text: String { String(decoding: value, as: UTF8.self) }
}
