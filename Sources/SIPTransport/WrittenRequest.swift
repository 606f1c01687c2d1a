import SIP

/// What the driver reads from, and changes in, the octets of a request of ours.
///
/// They are as ``SIPEndpoint`` writes them: Via is the first field, names are in their long form, no field is folded.
enum WrittenRequest {
    private static let viaName = Array("Via: ".utf8)
    private static let callIDName = Array("Call-ID: ".utf8)

    static func method(of message: [UInt8]) -> ArraySlice<UInt8> { message.prefix { $0 != 0x20 } }

    static func branch(of message: [UInt8]) -> String? { via(of: message)?.branch }

    /// The octets of the Call-ID.
    static func callID(of message: [UInt8]) -> ArraySlice<UInt8>? {
        var rest = message[...]
        while let end = rest.firstIndex(of: 0x0A), end + 1 < message.endIndex {
            rest = message[(end + 1)...]
            // An empty line ends the fields.
            if rest.first == 0x0D { return nil }
            if rest.starts(with: callIDName) { return rest.dropFirst(callIDName.count).prefix { $0 != 0x0D } }
        }
        return nil
    }

    /// The octets with another transport in the topmost Via, and `address` as its sent-by.
    ///
    /// - Returns: `nil` if it does not begin as it should.
    static func via(_ transport: TransportKind, _ message: [UInt8], sentBy address: HostPort?) -> [UInt8]? {
        guard let line = viaLine(of: message), var via = via(of: message) else { return nil }
        if via.transport == transport.rawValue { return message }
        via.transport = transport.rawValue
        if let address { via.sentBy = address }
        return message[..<line.lowerBound] + viaName + via.description.utf8 + message[line.upperBound...]
    }

    private static func via(of message: [UInt8]) -> Via? {
        viaLine(of: message).flatMap {
            try? Via(parsing: String(decoding: message[$0].dropFirst(viaName.count), as: UTF8.self))
        }
    }

    /// The second line, without its end.
    private static func viaLine(of message: [UInt8]) -> Range<Int>? {
        guard let first = message.firstIndex(of: 0x0A) else { return nil }
        let start = first + 1
        guard message[start...].starts(with: viaName), let end = message[start...].firstIndex(of: 0x0D) else {
            return nil
        }
        return start..<end
    }
}
