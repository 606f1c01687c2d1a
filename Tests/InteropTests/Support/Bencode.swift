/// A value as rtpengine's control protocol writes it: numbers, octet strings, lists, and dictionaries by sorted keys.
enum Bencode: Equatable {
    case number(Int)
    case text(String)
    case list([Bencode])
    case dictionary([String: Bencode])

    var encoded: [UInt8] {
        switch self {
        case .number(let number): Array("i\(number)e".utf8)
        case .text(let text): Array("\(text.utf8.count):".utf8) + Array(text.utf8)
        case .list(let values): Array("l".utf8) + values.flatMap(\.encoded) + Array("e".utf8)
        case .dictionary(let fields):
            Array("d".utf8)
                + fields.sorted { $0.key < $1.key }.flatMap { Bencode.text($0.key).encoded + $0.value.encoded }
                + Array("e".utf8)
        }
    }

    /// Reads the value at the head of `bytes` and takes it off; `nil` if none is there in full.
    init?(taking bytes: inout ArraySlice<UInt8>) {
        switch bytes.first {
        case UInt8(ascii: "i"):
            guard let end = bytes.firstIndex(of: UInt8(ascii: "e")),
                let number = Int(String(decoding: bytes[bytes.startIndex + 1..<end], as: UTF8.self))
            else { return nil }
            bytes = bytes[(end + 1)...]
            self = .number(number)
        case UInt8(ascii: "l"), UInt8(ascii: "d"):
            let isList = bytes.removeFirst() == UInt8(ascii: "l")
            var values: [Bencode] = []
            while bytes.first != UInt8(ascii: "e") {
                guard let value = Bencode(taking: &bytes) else { return nil }
                values.append(value)
            }
            bytes.removeFirst()
            self = isList ? .list(values) : .dictionary(Self.fields(values))
        default:
            guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
                let length = Int(String(decoding: bytes[..<colon], as: UTF8.self)), length >= 0,
                bytes.endIndex - colon - 1 >= length
            else { return nil }
            self = .text(String(decoding: bytes[colon + 1..<colon + 1 + length], as: UTF8.self))
            bytes = bytes[(colon + 1 + length)...]
        }
    }

    private static func fields(_ values: [Bencode]) -> [String: Bencode] {
        var fields: [String: Bencode] = [:]
        for index in stride(from: 0, to: values.count - 1, by: 2) {
            if case .text(let key) = values[index] { fields[key] = values[index + 1] }
        }
        return fields
    }

    subscript(key: String) -> String? {
        guard case .dictionary(let fields) = self, case .text(let text)? = fields[key] else { return nil }
        return text
    }
}
