/// A set of ASCII octets. All sets share one table with a bit for each, so that membership takes a load and a test.
package struct OctetSet: Sendable {
    private let bit: UInt16

    @inline(__always)
    package func contains(_ octet: UInt8) -> Bool { Self.table[Int(octet)] & bit != 0 }
}

extension OctetSet {
    /// `token` (RFC 3261 §25.1): letters, digits and - . ! % * _ + ` ' ~
    package static let token = OctetSet(bit: 1)
    /// `hostname` and `IPv4address`, and the underscore of names that hold one.
    package static let host = OctetSet(bit: 1 << 1)
    /// Control characters and space.
    package static let controlsAndSpace = OctetSet(bit: 1 << 2)
    /// Those that mean something in a `sip` URI before its parameters, or may not stand in it: control characters,
    /// space, % : < > ? @
    package static let uriDelimiters = OctetSet(bit: 1 << 3)
    /// Those that end the value of a parameter without quotes: control characters, space, " , ; < >
    package static let parameterValueEnds = OctetSet(bit: 1 << 4)
    /// Those that end the name of a parameter in a URI: ; = ?
    package static let uriParameterNameEnds = OctetSet(bit: 1 << 5)
    /// Those that end its value: ; ?
    package static let uriParameterValueEnds = OctetSet(bit: 1 << 6)
    /// Those that the values of a list are told apart by: " , < > \
    package static let valueStructure = OctetSet(bit: 1 << 7)
    /// `LWS` inside a field value: space, tab and the CR LF of folds.
    package static let linearWhitespace = OctetSet(bit: 1 << 8)
    /// `scheme` (RFC 3261 §25.1): letters, digits and + - .
    package static let scheme = OctetSet(bit: 1 << 9)
    /// Those that end a parameter of a `sip` URI, or may not stand in it: control characters, space, ; < > ? @
    package static let uriParameterEnds = OctetSet(bit: 1 << 10)

    /// What each octet belongs to, one bit for each set; the tests compute it anew from the grammar.
    private static let table: InlineArray<256, UInt16> = [
        0x041C, 0x041C, 0x041C, 0x041C, 0x041C, 0x041C, 0x041C, 0x041C,
        0x041C, 0x051C, 0x051C, 0x041C, 0x041C, 0x051C, 0x041C, 0x041C,
        0x041C, 0x041C, 0x041C, 0x041C, 0x041C, 0x041C, 0x041C, 0x041C,
        0x041C, 0x041C, 0x041C, 0x041C, 0x041C, 0x041C, 0x041C, 0x041C,
        0x051C, 0x0001, 0x0090, 0x0000, 0x0000, 0x0009, 0x0000, 0x0001,
        0x0000, 0x0000, 0x0001, 0x0201, 0x0090, 0x0203, 0x0203, 0x0000,
        0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203,
        0x0203, 0x0203, 0x0008, 0x0470, 0x0498, 0x0020, 0x0498, 0x0468,
        0x0408, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203,
        0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203,
        0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203,
        0x0203, 0x0203, 0x0203, 0x0000, 0x0080, 0x0000, 0x0000, 0x0003,
        0x0001, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203,
        0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203,
        0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203, 0x0203,
        0x0203, 0x0203, 0x0203, 0x0000, 0x0000, 0x0000, 0x0001, 0x041C,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]
}
