import SIP
import VoiceEngine

/// The one place that puts a ``HandOver`` into octets. Whatever its texts hold, no header field ends early or begins
/// anew, JSON parses, and no character is cut in two.
public struct HandOverWriter: Sendable {
    public let handOver: HandOver
    public var format: HandOverFormat

    public init(_ handOver: HandOver, _ format: HandOverFormat) {
        self.handOver = handOver
        self.format = format
    }

    // MARK: Header fields

    /// User-to-User and the fields of our own, in the order of their names. What is not known is left out.
    public func headers() -> SIPHeaders {
        var headers = SIPHeaders()
        for (name, value) in fields() { headers.append(HeaderName(name), value) }
        return headers
    }

    private func fields() -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        if let value = userToUser() { fields.append((HeaderName.userToUser.rawValue, value.description)) }
        for (name, field) in format.headers.sorted(by: { $0.key < $1.key }) where HandOverFormat.mayBeWritten(name) {
            guard let text = handOver.text(of: field, format) else { continue }
            let value = text.onOneLine.cut(to: HandOverFormat.maximumHeader)
            if !value.isEmpty { fields.append((name, value)) }
        }
        return fields + engineFields()
    }

    /// Each at most once: the first of a name counts, and one of our own wins.
    private func engineFields() -> [(name: String, value: String)] {
        var taken = Set(format.headers.keys.map { $0.lowercased() })
        return handOver.engineHeaders.compactMap { header in
            let name = header.name.lowercased()
            guard format.engineHeaders.contains(name), HandOverFormat.mayBeWritten(name), taken.insert(name).inserted
            else { return nil }
            let value = header.value.onOneLine.cut(to: HandOverFormat.maximumHeader)
            return value.isEmpty ? nil : (header.name, value)
        }
    }

    /// The User-to-User field (RFC 7433 §4): the compact form in hexadecimal digits.
    ///
    /// - Returns: `nil` if none is wanted, or nothing fits.
    public func userToUser() -> UserToUser? {
        guard let format = format.userToUser else { return nil }
        let discriminator = format.discriminator.map { [$0] } ?? []
        let compact = compactForm(atMost: format.limit - discriminator.count)
        guard !compact.isEmpty else { return nil }
        var value = UserToUser(data: (discriminator + compact).map(\.hexadecimal).joined())
        if let purpose = format.purpose { value.parameters["purpose"] = purpose }
        if let content = format.content { value.parameters["content"] = content }
        value.parameters["encoding"] = "hex"
        return value
    }

    /// `key=value` pairs with `;` between them, most telling first. `%`, `;`, and control characters of a value are
    /// `%`-escapes of its octets; the rest is UTF-8.
    ///
    /// `I` Call-ID, `R` reason, `N` intent, `L` language, `A` caller, `D` called, `V.`*name* variables in the order of
    /// their names, `S` summary. A pair that does not fit is left out; of the summary, what fits is there.
    ///
    /// - Parameter limit: Octets.
    func compactForm(atMost limit: Int) -> [UInt8] {
        var output: [UInt8] = []
        func append(_ key: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            let pair = (output.isEmpty ? "" : ";") + key + "=" + value.escapedForPairs
            if output.count + pair.utf8.count <= limit { output += pair.utf8 }
        }
        append("I", handOver.callID)
        append("R", handOver.reason)
        append("N", handOver.intent)
        append("L", handOver.language)
        append("A", handOver.caller)
        append("D", handOver.called)
        for (name, value) in handOver.variables.sorted(by: { $0.key < $1.key }) {
            append("V." + name.escapedForPairs, value)
        }
        let space = limit - output.count - (output.isEmpty ? 2 : 3)
        append("S", handOver.summary?.cut(to: space) { $0.utf8.reduce(0) { $0 + $1.escapedForPairs.count } })
        return output
    }

    // MARK: Bodies

    /// The whole of it as a JSON object, within the bounds of the format.
    public func json() -> [UInt8] {
        JSONWriter.object { json in
            json.member("callId", handOver.callID.cut(to: format.maximumText))
            json.member("time", UTCTime(secondsSince1970: handOver.time).description)
            json.member("service", handOver.service)
            json.object("caller") { caller in
                if let identity = handOver.caller { caller.member("identity", bounded(identity)) }
                if let name = handOver.callerName { caller.member("name", bounded(name)) }
                caller.member("asserted", handOver.isCallerAsserted)
            }
            let texts = [
                ("called", handOver.called), ("language", handOver.language), ("intent", handOver.intent),
                ("summary", handOver.summary), ("reason", handOver.reason),
                ("record", format.recordURL(of: handOver.callID)),
            ]
            for (name, text) in texts {
                if let text { json.member(name, bounded(text)) }
            }
            json.object("variables") { variables in
                for (name, value) in handOver.variables.sorted(by: { $0.key < $1.key }).prefix(format.maximumVariables)
                {
                    variables.member(bounded(name), bounded(value))
                }
            }
            writeTranscript(into: &json)
        }
    }

    /// The same with texts and transcript halved until it fits.
    private func json(atMost limit: Int) -> [UInt8] {
        var shorter = self
        var json = json()
        while json.count > limit, shorter.format.maximumText > 16 {
            shorter.format.maximumText /= 2
            shorter.format.maximumTranscript /= 2
            json = shorter.json()
        }
        return json
    }

    /// The latest lines that fit, oldest first, and how many are missing.
    private func writeTranscript(into json: inout JSONWriter) {
        var first = handOver.transcript.endIndex
        var octets = 0
        while first > 0 {
            octets += min(handOver.transcript[first - 1].text.utf8.count, format.maximumText)
            guard octets <= format.maximumTranscript else { break }
            first -= 1
        }
        json.object("transcript") { transcript in
            transcript.member("omitted", first)
            transcript.name("lines")
            transcript.beginArray()
            for line in handOver.transcript[first...] {
                transcript.beginObject()
                transcript.member("speaker", line.speaker.rawValue)
                transcript.member("text", bounded(line.text))
                transcript.endObject()
            }
            transcript.endArray()
        }
    }

    private func bounded(_ text: String) -> String { text.cut(to: format.maximumText) }

    /// The body of an INVITE: the session description alone, or with the JSON part beside it (RFC 5621 §4). A UA that
    /// does not know the part may pass it over (RFC 3261 §20.11).
    public func body(beside description: [UInt8]) -> (contentType: String, body: [UInt8]) {
        guard format.sendsBody else { return ("application/sdp", description) }
        var part = Multipart.Part(MediaType("application", "json"), json(atMost: HandOverFormat.maximumPart))
        part.headers.append(.contentDisposition, "render;handling=optional")
        let session = Multipart.Part(MediaType("application", "sdp"), description)
        let (type, body) = Multipart([session, part]).serialized(boundary: "sidetone-hand-over")
        return (type.description, body)
    }

    // MARK: Messages

    /// Adds everything to an INVITE that is to carry `description`.
    func write(into invite: inout SIPRequest, beside description: [UInt8]) {
        writeHeaders(into: &invite.headers)
        let (contentType, body) = body(beside: description)
        invite.headers.set(.contentType, contentType)
        invite.body = body
    }

    /// The header fields alone, for an INVITE whose body is the caller's. A field of the same name that the caller has
    /// sent goes: it would pass for ours.
    func writeHeaders(into headers: inout SIPHeaders) {
        for name in Array(format.headers.keys) + format.engineHeaders where HandOverFormat.mayBeWritten(name) {
            headers.removeAll(HeaderName(name))
        }
        if format.userToUser != nil { headers.removeAll(.userToUser) }
        for (name, value) in fields() { headers.append(HeaderName(name), value) }
    }

    /// Adds the header fields to the URI of a Refer-To, for the INVITE that is made from it (RFC 3261 §19.1.1).
    func write(into uri: inout SIPURI) {
        for (name, value) in fields() { uri.appendHeaderField(name, value) }
    }
}

extension String {
    fileprivate var escapedForPairs: String {
        var octets: [UInt8] = []
        for byte in utf8 { octets += byte.escapedForPairs }
        return String(decoding: octets, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var escapedForPairs: [UInt8] {
        let isPlain = self >= 0x20 && self != 0x7F && self != 0x25 && self != 0x3B
        return isPlain ? [self] : [0x25] + Array(hexadecimal.uppercased().utf8)
    }
}
