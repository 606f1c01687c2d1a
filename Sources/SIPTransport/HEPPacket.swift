import NIOCore

/// A SIP message as a capture server such as Homer takes it: HEP version 3.
///
/// A packet is `HEP3`, its length, and chunks: vendor 0, type, length with these six octets, value; all in network
/// order.
struct HEPPacket {
    /// Addresses of the message: 4 or 16 octets, both alike.
    var source: [UInt8]
    var sourcePort: UInt16
    var destination: [UInt8]
    var destinationPort: UInt16
    var isDatagram: Bool
    /// Since 1970.
    var seconds: UInt32
    var microseconds: UInt32
    /// Tells capture agents apart.
    var captureID: UInt32
    /// Groups the messages of a call: its Call-ID.
    var correlation: String
    var payload: [UInt8]

    private enum Chunk: UInt16 {
        case family = 1
        case transport, source4, destination4, source6, destination6, sourcePort, destinationPort
        case seconds, microseconds, payloadType, captureID
        case payload = 15
        case correlation = 17
    }

    /// - Returns: `nil` if it does not fit a datagram.
    func encoded() -> [UInt8]? {
        guard payload.count + correlation.utf8.count < 65_000 else { return nil }
        let isIPv6 = source.count == 16
        var output = Array("HEP3".utf8) + [0, 0]
        Self.append(.family, [isIPv6 ? 10 : 2], to: &output)
        Self.append(.transport, [isDatagram ? 17 : 6], to: &output)
        Self.append(isIPv6 ? .source6 : .source4, source, to: &output)
        Self.append(isIPv6 ? .destination6 : .destination4, destination, to: &output)
        Self.append(.sourcePort, Self.octets(sourcePort), to: &output)
        Self.append(.destinationPort, Self.octets(destinationPort), to: &output)
        Self.append(.seconds, Self.octets(seconds), to: &output)
        Self.append(.microseconds, Self.octets(microseconds), to: &output)
        Self.append(.payloadType, [1], to: &output)  // SIP
        Self.append(.captureID, Self.octets(captureID), to: &output)
        Self.append(.correlation, Array(correlation.utf8), to: &output)
        Self.append(.payload, Self.redacted(payload), to: &output)
        let length = Self.octets(UInt16(truncatingIfNeeded: output.count))
        output.replaceSubrange(4..<6, with: length)
        return output
    }

    private static func append(_ chunk: Chunk, _ value: [UInt8], to output: inout [UInt8]) {
        output += octets(0 as UInt16) + octets(chunk.rawValue)
        output += octets(UInt16(truncatingIfNeeded: value.count + 6)) + value
    }

    private static func octets(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    /// The message with the values of its credentials, folds included, and the keys of session descriptions overwritten
    /// by `*`; as long as before.
    static func redacted(_ message: [UInt8]) -> [UInt8] {
        let names = ["authorization:", "proxy-authorization:"].map { Array($0.utf8) }
        var output = message
        // Line ends before a message are none of it (RFC 3261 §7.5).
        var start = output.firstIndex { $0 != 0x0A && $0 != 0x0D } ?? output.count
        var isSecret = false
        // What stands behind a CR alone may be a line or belong to the one before: it is of both.
        var mayGoOn = false
        while start < output.count {
            let end = output[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? output.count
            let isPair = end + 1 < output.count && output[end] == 0x0D && output[end + 1] == 0x0A
            let next = min(end + (isPair ? 2 : 1), output.count)
            // The body begins behind the empty line.
            if start == end, !mayGoOn {
                redactKeys(in: &output, from: next)
                break
            }
            var from = start
            if output[start] != 0x20, output[start] != 0x09 {
                // Name and colon, without the white space that may stand between them.
                var name: [UInt8] = []
                for index in start..<end {
                    let octet = output[index]
                    if octet == 0x20 || octet == 0x09 { continue }
                    name.append(octet &- 0x41 < 26 ? octet | 0x20 : octet)
                    if octet == 0x3A || name.count > 20 {
                        from = index + 1
                        break
                    }
                }
                isSecret = names.contains(name) || mayGoOn && isSecret
            }
            if mayGoOn { from = start }
            if isSecret {
                for index in from..<end where output[index] > 0x20 { output[index] = 0x2A }
            }
            mayGoOn = end < output.count && output[end] == 0x0D && !isPair
            start = next
        }
        return output
    }

    /// Overwrites what follows `inline:` in lines `a=crypto` (RFC 4568), and the value of lines `k`.
    private static func redactKeys(in message: inout [UInt8], from body: Int) {
        let attribute = Array("a=crypto:".utf8)
        let method = Array("inline:".utf8)
        var start = body
        while start < message.count {
            let end = message[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? message.count
            let line = message[start..<end].map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
            var secret = line.count
            if line.starts(with: attribute) {
                for place in line.indices where line[place...].starts(with: method) {
                    secret = place + method.count
                    break
                }
            } else if line.starts(with: "k=".utf8) {
                secret = 2
            }
            for index in start + secret..<end where message[index] > 0x20 { message[index] = 0x2A }
            start = end + 1
        }
    }
}
