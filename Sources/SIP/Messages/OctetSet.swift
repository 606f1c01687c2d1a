/// A set of ASCII octets, one bit each, so that membership takes no branch for each alternative.
package struct OctetSet: Sendable {
    /// 0x00 to 0x3F.
    private let low: UInt64
    /// 0x40 to 0x7F.
    private let high: UInt64

    @inline(__always)
    package func contains(_ octet: UInt8) -> Bool {
        let half = octet & 0x40 == 0 ? low : high
        return octet < 0x80 && half &>> UInt64(octet & 0x3F) & 1 != 0
    }
}

extension OctetSet {
    /// `token` (RFC 3261 §25.1): letters, digits and - . ! % * _ + ` ' ~
    package static let token = OctetSet(low: 0x03FF_6CA2_0000_0000, high: 0x47FF_FFFF_87FF_FFFE)
    /// `hostname` and `IPv4address`, and the underscore of names that hold one.
    package static let host = OctetSet(low: 0x03FF_6000_0000_0000, high: 0x07FF_FFFE_87FF_FFFE)
    /// Control characters and space.
    package static let controlsAndSpace = OctetSet(low: 0x0000_0001_FFFF_FFFF, high: 0x8000_0000_0000_0000)
    /// Those that mean something in a `sip` URI before its parameters, or may not stand in it: control characters,
    /// space, % : < > ? @
    package static let uriDelimiters = OctetSet(low: 0xD400_0021_FFFF_FFFF, high: 0x8000_0000_0000_0001)
    /// Those that end the value of a parameter without quotes: control characters, space, " , ; < >
    package static let parameterValueEnds = OctetSet(low: 0x5800_1005_FFFF_FFFF, high: 0x8000_0000_0000_0000)
    /// Those that end the name of a parameter in a URI: ; = ?
    package static let uriParameterNameEnds = OctetSet(low: 0xA800_0000_0000_0000, high: 0)
    /// Those that end its value: ; ?
    package static let uriParameterValueEnds = OctetSet(low: 0x8800_0000_0000_0000, high: 0)
}
