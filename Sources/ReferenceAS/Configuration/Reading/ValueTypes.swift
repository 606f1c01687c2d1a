import ApplicationServer
import SDP
import SIPTransport

extension ValueType<String> {
    static let text = ValueType.scalar("a text") {
        $0.isEmpty ? nil : $0
    } render: {
        $0.quotedForYAML
    }

    /// A name that other keys, URLs and metrics can hold.
    static let name = ValueType.scalar("a name of letters, digits, '-' and '_'") { text in
        let isName = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        return isName && !text.isEmpty && text.utf8.count <= 64 ? text : nil
    } render: {
        $0
    }

    /// A value of a SIP header that is one token (RFC 3261 §25.1).
    static let token = ValueType.scalar("a word without spaces") { text in
        let isToken = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "-.!%*_+`'~/".utf8.contains(byte)
            }
        }
        return isToken && !text.isEmpty ? text : nil
    } render: {
        $0
    }

    static let host = ValueType.scalar("a host name or an address") { text in
        IPAddress(text) != nil || HostPort("\(text):0") != nil ? text : nil
    } render: {
        $0
    }

    static let address = ValueType.scalar("a literal IPv4 or IPv6 address that is not the unspecified one") { text in
        guard let address = IPAddress(text), !address.isUnspecified, !address.isMulticast else { return nil }
        return text
    } render: {
        $0.contains(":") ? $0.quotedForYAML : $0
    }

    static let sipURI = ValueType.scalar("a sip:, sips: or tel: URI") { text in
        isSIPURI(text) ? text : nil
    } render: {
        $0.quotedForYAML
    }

    fileprivate static func isSIPURI(_ text: String) -> Bool {
        ["sip:", "sips:", "tel:"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count } && text.isURIText
    }

    static let webSocketURL = ValueType.scalar("a ws:// or wss:// URL") { text in
        guard ["ws://", "wss://"].contains(where: { text.hasPrefix($0) && text.utf8.count > $0.utf8.count })
        else { return nil }
        return text.isURIText ? text : nil
    } render: {
        $0.quotedForYAML
    }

    static let codec = ValueType.scalar(
        "one of \(ASConfiguration.MediaSettings.knownCodecs.joined(separator: ", "))"
    ) { text in
        ASConfiguration.MediaSettings.knownCodecs.first { $0.lowercased() == text.lowercased() }
    } render: {
        $0.quotedForYAML
    }
}

extension ValueType<Bool> {
    static let flag = ValueType.scalar("true or false") { text in
        switch text {
        case "true": true
        case "false": false
        default: nil
        }
    } render: {
        "\($0)"
    }
}

extension ValueType<Int> {
    static func number(_ range: ClosedRange<Int>) -> ValueType {
        .scalar("a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        } render: {
            "\($0)"
        }
    }
}

extension ValueType<Duration> {
    static let duration = ValueType.scalar("a duration with its unit, such as 1500ms or 30s") { text in
        Duration(configurationText: text)
    } render: {
        $0.configurationText
    }
}

extension ValueType<ListenAddress> {
    static let listenAddress = ValueType.scalar("udp://, tcp:// or tls:// and host:port") { text in
        ListenAddress(text)
    } render: {
        $0.description.quotedForYAML
    }
}

extension ValueType<HostPort> {
    static let hostPort = ValueType.scalar("host:port") {
        HostPort($0)
    } render: {
        $0.description.quotedForYAML
    }
}

extension ValueType<IPNetwork> {
    static let network = ValueType.scalar("a block of addresses such as 10.0.0.0/8, its other bits zero") { text in
        IPNetwork(text)
    } render: {
        $0.description.quotedForYAML
    }
}

extension ValueType<SecretReference> {
    static let secret = ValueType.scalar("env:NAME or file:PATH, never the secret itself", echoes: false) { text in
        SecretReference(text)
    } render: {
        $0.description.quotedForYAML
    }
}

extension ValueType<PortRange> {
    static let portRange = ValueType { node throws(ValueProblem) in
        guard case .scalar(let text) = node.content else {
            throw ValueProblem("must be a range of ports such as 20000-29999, not \(node.kind)", at: node)
        }
        do throws(PortRange.Fault) {
            return try PortRange(parsing: text)
        } catch {
            switch error {
            case .notARange:
                throw ValueProblem("must be a range of ports such as 20000-29999, not \"\(text)\"", at: node)
            case .empty:
                throw ValueProblem("the range \(text) is empty: the second port must be the higher one", at: node)
            case .oddStart: throw ValueProblem("must start with an even port: RTP is on even ports", at: node)
            case .privileged: throw ValueProblem("must lie above 1023", at: node)
            }
        }
    } render: {
        $0.description.quotedForYAML
    }
}

extension ValueType where Value: RawRepresentable<String> & CaseIterable {
    /// One of the cases of an enumeration.
    static func choice(_ type: Value.Type = Value.self) -> ValueType {
        .scalar("one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))") { text in
            Value(rawValue: text)
        } render: {
            $0.rawValue
        }
    }
}

extension ValueType<[String: String]> {
    /// Names and the URIs behind them.
    static let uriMap = map(of: .sipURI, "URIs")
    /// Names and the texts behind them.
    static let textMap = map(of: .text, "texts")

    private static func map(of value: ValueType<String>, _ kind: String) -> ValueType {
        ValueType { node throws(ValueProblem) in
            guard case .map(let entries) = node.content else {
                throw ValueProblem("must be a mapping of names to \(kind), not \(node.kind)", at: node)
            }
            var result: [String: String] = [:]
            for entry in entries {
                let key = ConfigurationNode(content: .scalar(entry.key), origin: entry.keyOrigin)
                result[try ValueType<String>.name.parse(key)] = try value.parse(entry.value)
            }
            return result
        } render: { values in
            let entries = values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.quotedForYAML)" }
            return "{" + entries.joined(separator: ", ") + "}"
        }
    }
}

extension String {
    /// In double quotes, with whatever YAML 1.2 §5.7 wants escaped.
    var quotedForYAML: String {
        var output = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                output += "\\x" + (digits.utf8.count == 1 ? "0" : "") + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }

    /// Whether every byte is a visible ASCII character that a URI may hold.
    fileprivate var isURIText: Bool {
        utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") && $0 != 0x22 }
    }
}

extension ValueType<RescueSettings.Target> {
    static let rescueTarget = ValueType.scalar("a SIP URI, a time before it") { text in
        guard let space = text.firstIndex(of: " ") else {
            return ValueType<String>.isSIPURI(text) ? RescueSettings.Target(text) : nil
        }
        let uri = String(text[text.index(after: space)...])
        guard let ringTime = Duration(configurationText: String(text[..<space])), ValueType<String>.isSIPURI(uri) else {
            return nil
        }
        return RescueSettings.Target(uri, ringTime: ringTime)
    } render: { target in
        ((target.ringTime.map { "\($0.configurationText) " } ?? "") + target.uri).quotedForYAML
    }
}
