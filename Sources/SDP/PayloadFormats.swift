extension MediaDescription {
    /// The RTP payload types of the `m=` line in order, with what `a=rtpmap` and `a=fmtp` say of them.
    ///
    /// A payload type without `rtpmap` is what RFC 3551 §6 assigned to it. One that is no number up to 127, or is
    /// dynamic and has no well-formed `rtpmap`, is left out.
    public var payloadFormats: [PayloadFormat] {
        var maps = [PayloadFormat?](repeating: nil, count: 128)
        var parameters = [String?](repeating: nil, count: 128)
        let octets = lines.octets
        let rtpmap = "rtpmap".utf8.span
        let fmtp = "fmtp".utf8.span
        for place in lines.places {
            if let value = place.attributeValue(rtpmap, octets.span) {
                if let format = PayloadFormat(rtpmap: octets[value]), maps[Int(format.payloadType)] == nil {
                    maps[Int(format.payloadType)] = format
                }
            } else if let value = place.attributeValue(fmtp, octets.span) {
                let fields = octets[value].fields(atMost: 2)
                guard fields.count == 2, let type = fields[0].number(UInt8.self), type < 128 else { continue }
                if parameters[Int(type)] == nil { parameters[Int(type)] = fields[1].text }
            }
        }
        return formats.compactMap { format in
            guard let type = ArraySlice(format.utf8).number(UInt8.self), type < 128 else { return nil }
            guard var result = maps[Int(type)] ?? PayloadFormat(staticPayloadType: type) else { return nil }
            result.formatParameters = parameters[Int(type)]
            return result
        }
    }

    /// Adds a payload type to the `m=` line, with its `rtpmap` and `fmtp`.
    public mutating func append(_ format: PayloadFormat) {
        formats.append("\(format.payloadType)")
        appendAttribute("rtpmap", format.rtpmap)
        if let parameters = format.formatParameters {
            appendAttribute("fmtp", "\(format.payloadType) \(parameters)")
        }
    }
}

extension PayloadFormat {
    /// - Parameter value: `<payload type> <encoding name>/<clock rate>[/<channels>]`.
    init?(rtpmap value: ArraySlice<UInt8>) {
        let fields = value.fields(atMost: 3)
        guard fields.count >= 2, let type = fields[0].number(UInt8.self), type < 128 else { return nil }
        let parts = fields[1].split(separator: .slash, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, !parts[0].isEmpty,
            let clockRate = parts[1].number(UInt32.self), clockRate > 0
        else { return nil }
        var channels = 1
        if parts.count == 3 {
            guard let number = parts[2].number(UInt8.self), number > 0 else { return nil }
            channels = Int(number)
        }
        self.init(
            payloadType: type,
            encodingName: parts[0].text,
            clockRate: Int(clockRate),
            channels: channels
        )
    }

    /// The value of `a=rtpmap`.
    public var rtpmap: String {
        "\(payloadType) \(encodingName)/\(clockRate)\(channels == 1 ? "" : "/\(channels)")"
    }

    /// Whether both are the same encoding at the same clock rate, whatever their payload types and parameters.
    public func hasSameEncoding(as other: PayloadFormat) -> Bool {
        clockRate == other.clockRate && channels == other.channels
            && encodingName.equalsIgnoringCase(other.encodingName)
    }

    public var isTelephoneEvent: Bool { encodingName.equalsIgnoringCase("telephone-event") }

    /// The value of one `name=value` of ``formatParameters``; empty for a name alone. Names compare without case.
    public func formatParameter(_ name: String) -> String? {
        guard let formatParameters else { return nil }
        for part in ArraySlice(formatParameters.utf8).split(separator: .semicolon) {
            let pair = part.split(separator: .equals, maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = pair.first?.fields().first, key.equalsIgnoringCase(name) else { continue }
            return pair.count == 2 ? pair[1].fields().first?.text ?? "" : ""
        }
        return nil
    }

    /// The audio encodings of RFC 3551 §6, table 4.
    init?(staticPayloadType type: UInt8) {
        let entry: (name: String, clockRate: Int, channels: Int)
        switch type {
        case 0: entry = ("PCMU", 8_000, 1)
        case 3: entry = ("GSM", 8_000, 1)
        case 4: entry = ("G723", 8_000, 1)
        case 5: entry = ("DVI4", 8_000, 1)
        case 6: entry = ("DVI4", 16_000, 1)
        case 7: entry = ("LPC", 8_000, 1)
        case 8: entry = ("PCMA", 8_000, 1)
        case 9: entry = ("G722", 8_000, 1)
        case 10: entry = ("L16", 44_100, 2)
        case 11: entry = ("L16", 44_100, 1)
        case 12: entry = ("QCELP", 8_000, 1)
        case 13: entry = ("CN", 8_000, 1)
        case 14: entry = ("MPA", 90_000, 1)
        case 15: entry = ("G728", 8_000, 1)
        case 16: entry = ("DVI4", 11_025, 1)
        case 17: entry = ("DVI4", 22_050, 1)
        case 18: entry = ("G729", 8_000, 1)
        default: return nil
        }
        self.init(
            payloadType: type,
            encodingName: entry.name,
            clockRate: entry.clockRate,
            channels: entry.channels
        )
    }
}
