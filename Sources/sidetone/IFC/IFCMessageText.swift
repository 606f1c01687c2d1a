/// Repairs of SIP messages that were edited by hand.
enum IFCMessageText {
    private static let carriageReturn: UInt8 = 0x0D
    private static let lineFeed: UInt8 = 0x0A

    /// The message with CR LF at the end of each line and an empty line after the header, or `nil` if that is so.
    static func normalized(_ bytes: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 64)
        for (index, byte) in bytes.enumerated() {
            if byte == lineFeed, index == 0 || bytes[index - 1] != carriageReturn { result.append(carriageReturn) }
            result.append(byte)
        }
        if endOfHeader(result) == nil {
            if result.suffix(2) != [carriageReturn, lineFeed] { result += [carriageReturn, lineFeed] }
            result += [carriageReturn, lineFeed]
        }
        return result == bytes ? nil : result
    }

    /// The message with its Content-Length set to the bytes that follow the header, or `nil` if it is right or
    /// there is none.
    static func withCorrectedLength(_ bytes: [UInt8]) -> [UInt8]? {
        guard let end = endOfHeader(bytes) else { return nil }
        var lineStart = 0
        while lineStart < end {
            let lineEnd = bytes[lineStart...].firstIndex(of: carriageReturn) ?? end
            let line = String(decoding: bytes[lineStart..<lineEnd], as: UTF8.self)
            if let colon = line.firstIndex(of: ":") {
                let name = line[..<colon].lowercased().filter { $0 != " " }
                let value = line[line.index(after: colon)...].filter { $0 != " " && $0 != "\t" }
                if name == "content-length" || name == "l" {
                    let length = bytes.count - end
                    if Int(value) == length { return nil }
                    return Array(bytes[..<lineStart]) + Array("Content-Length: \(length)".utf8)
                        + Array(bytes[lineEnd...])
                }
            }
            lineStart = lineEnd + 2
        }
        return nil
    }

    /// The offset of the first byte of the body.
    private static func endOfHeader(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4)
        where bytes[index] == carriageReturn && bytes[index + 1] == lineFeed && bytes[index + 2] == carriageReturn
            && bytes[index + 3] == lineFeed
        {
            return index + 4
        }
        return nil
    }
}
