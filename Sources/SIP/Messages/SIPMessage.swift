/// A request (RFC 3261 §7.1).
public struct SIPRequest: Sendable, Hashable {
    public var method: SIPMethod
    /// As it stands in the request line; read it with ``uri()``. What may not stand there leaves as `%`-escapes.
    public var requestURI: String
    public var headers: SIPHeaders
    public var body: [UInt8]

    public init(method: SIPMethod, requestURI: String, headers: SIPHeaders = SIPHeaders(), body: [UInt8] = []) {
        self.method = method
        self.requestURI = requestURI
        self.headers = headers
        self.body = body
    }

    public func uri() throws(SIPParseError) -> SIPURI {
        // Nearly always it still stands in the request line, and then needs no copy.
        try SIPURI(parsing: requestURI, keeping: headers.bytes, at: method.rawValue.utf8.count &+ 1)
    }

    public func serialized() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(64 + requestURI.utf8.count + headers.octetCount + body.count)
        output.append(method.rawValue) { $0.isTokenCharacter }
        output.append(.space)
        let start = output.count
        output.append(contentsOf: requestURI.utf8)
        output.escape(NonVisibleOctets(), from: start)
        output.append(contentsOf: " SIP/2.0\r\n".utf8)
        headers.serialize(body: body, into: &output)
        return output
    }
}

/// A response (RFC 3261 §7.2).
public struct SIPResponse: Sendable, Hashable {
    public var status: StatusCode
    public var reasonPhrase: String
    public var headers: SIPHeaders
    public var body: [UInt8]

    public init(
        status: StatusCode,
        reasonPhrase: String? = nil,
        headers: SIPHeaders = SIPHeaders(),
        body: [UInt8] = []
    ) {
        self.status = status
        self.reasonPhrase = reasonPhrase ?? status.reasonPhrase
        self.headers = headers
        self.body = body
    }

    public func serialized() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(64 + reasonPhrase.utf8.count + headers.octetCount + body.count)
        output.append(contentsOf: "SIP/2.0 ".utf8)
        output.append(decimal: UInt64(status.rawValue))
        output.append(.space)
        output.append(reasonPhrase) { $0 >= 0x20 && $0 != 0x7F }
        output.append(.carriageReturn)
        output.append(.lineFeed)
        headers.serialize(body: body, into: &output)
        return output
    }
}

/// What one datagram or one frame of a stream carries.
public enum SIPMessage: Sendable, Hashable {
    case request(SIPRequest)
    case response(SIPResponse)

    public var headers: SIPHeaders {
        switch self {
        case .request(let request): request.headers
        case .response(let response): response.headers
        }
    }

    public var body: [UInt8] {
        switch self {
        case .request(let request): request.body
        case .response(let response): response.body
        }
    }

    public func serialized() -> [UInt8] {
        switch self {
        case .request(let request): request.serialized()
        case .response(let response): response.serialized()
        }
    }
}

extension SIPHeaders {
    /// The header section, the empty line and the body. `Content-Length` is written when the section has none
    /// or one that is not the body's length (RFC 3261 §20.14: required on streams, wise everywhere).
    func serialize(body: [UInt8], into output: inout [UInt8]) {
        if statedLength == body.count {
            serialize(into: &output)
        } else {
            var headers = self
            headers.set(.contentLength, String(body.count))
            headers.serialize(into: &output)
        }
        output.append(.carriageReturn)
        output.append(.lineFeed)
        output.append(contentsOf: body)
    }

    /// What `Content-Length` says, when it is nothing but a number.
    private var statedLength: Int? {
        guard let field = firstField(.contentLength), !field.isFolded else { return nil }
        let value = bytes.span.extracting(field.valueRange)
        var scanner = FieldScanner(field: nil)
        guard let number = try? scanner.number(value), scanner.isAtEnd(value) else { return nil }
        return Int(number)
    }
}

extension SIPResponse {
    /// The response to `request` with the fields that RFC 3261 §8.2.6.2 copies: Via, From, To, Call-ID, CSeq.
    ///
    /// - Parameter toTag: Added to To when the request had none there; `nil` for 100 (Trying).
    public init(_ status: StatusCode, to request: SIPRequest, toTag: String? = nil) {
        self.init(status: status)
        headers.copy(.via, from: request.headers)
        headers.copyFirst(.from, from: request.headers)
        if let toTag, !hasTag(request.headers) {
            headers.copyFirst(.to, from: request.headers, suffix: ";tag=" + toTag)
        } else {
            headers.copyFirst(.to, from: request.headers)
        }
        headers.copyFirst(.callID, from: request.headers)
        headers.copyFirst(.cSeq, from: request.headers)
        if status == .trying { headers.copyFirst(.timestamp, from: request.headers) }
    }
}

private func hasTag(_ headers: SIPHeaders) -> Bool {
    let to = try? headers.value(of: .to, as: NameAddress.self)
    return to?.parameters["tag"] != nil
}
