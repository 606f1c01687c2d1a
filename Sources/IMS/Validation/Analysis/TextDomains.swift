/// Where texts of a request come from: all that can stand there, and likely examples.
enum TextDomain: Hashable, Sendable {
    /// What a RequestURI pattern is matched on.
    case requestURI
    case header(String)
    case line(UInt8)

    var isCaseIgnored: Bool { self == .requestURI }

    /// All texts that can stand there, and more: what is impossible here is impossible in a request.
    var everything: DeterministicAutomaton? {
        switch self {
        case .requestURI: Self.requestURIs
        case .header: Self.fieldValue
        case .line: Self.lineContent
        }
    }

    /// Texts to try first.
    var examples: [String] {
        switch self {
        case .requestURI: Self.hosts + Self.numbers
        case .header(let name): Self.headers[name] ?? Self.values
        case .line(let letter): Self.lines[letter] ?? ["-"]
        }
    }

    static let hosts = ["ims.example", "example.org", "ims.example:5060", "192.0.2.1", "[2001:db8::1]"]
    static let numbers = [
        "+4930123456", "+33142345678", "112;phone-context=ims.example", "0800123;phone-context=+49",
        "*21;phone-context=ims.example",
    ]
    private static let values = [
        "<sip:alice@ims.example>", "<sip:bob@example.org>", "<tel:+4930123456>", "id", "text", "1",
    ]
    private static let headers: [String: [String]] = [
        "Content-Type": ["application/sdp", "text/plain", "multipart/mixed;boundary=x"],
        "From": ["<sip:alice@ims.example>;tag=1", "<tel:+4930123456>;tag=1"],
        "To": ["<sip:bob@ims.example>", "<tel:+4930123456>"],
        "Via": ["SIP/2.0/UDP scscf.ims.example:5060;branch=z9hG4bKsample"], "Call-ID": ["sample@ims.example"],
        "Max-Forwards": ["68"], "Event": ["presence", "reg", "conference", "message-summary"],
        "Privacy": ["id", "none", "header;id"],
        "Accept-Contact": [
            "*;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\"", "*;+g.oma.sip-im", "*",
        ],
        "P-Asserted-Service": ["urn:urn-7:3gpp-service.ims.icsi.mmtel"],
    ]
    private static let lines: [UInt8: [String]] = [
        UInt8(ascii: "v"): ["0"], UInt8(ascii: "o"): ["- 1 1 IN IP4 192.0.2.10"], UInt8(ascii: "s"): ["-", "call"],
        UInt8(ascii: "c"): ["IN IP4 192.0.2.10"], UInt8(ascii: "t"): ["0 0"],
        UInt8(ascii: "m"): [
            "audio 49152 RTP/AVP 8 101", "video 49154 RTP/AVP 118", "message 2855 TCP/MSRP *", "audio 0 RTP/AVP 8",
        ],
        UInt8(ascii: "a"): ["sendrecv", "sendonly", "inactive", "rtpmap:8 PCMA/8000"],
        UInt8(ascii: "b"): ["AS:64", "AS:512"],
    ]

    // MARK: - Automata

    private static func bytes(except excluded: [UInt8]) -> ExpressionSyntax {
        .bytes(ByteSet((UInt8.min...UInt8.max).filter { !excluded.contains($0) }))
    }

    private static func whole(_ syntax: ExpressionSyntax) -> DeterministicAutomaton? {
        let anchored = ExpressionSyntax.sequence([.startOfSubject, syntax, .endOfSubject])
        var budget = ExpressionBudget()
        guard let program = try? ExpressionProgram(anchored, limit: ExtendedRegularExpression.maximumStates),
            let automaton = PositionAutomaton(program, budget: &budget)
        else { return nil }
        return DeterministicAutomaton(automaton, budget: &budget)
    }

    private static func pattern(_ text: String) -> DeterministicAutomaton? {
        (try? ExtendedRegularExpression(text, options: .ignoringCase))?.table
    }

    private static let lineEnds: [UInt8] = [0x0D, 0x0A]
    private static let lineContent = whole(.repeated(bytes(except: lineEnds), minimum: 0, maximum: nil))
    /// A field value has no white space at its ends (RFC 3261 §7.3.1).
    private static let fieldValue: DeterministicAutomaton? = {
        let edge = bytes(except: lineEnds + [0x20, 0x09])
        let inner = ExpressionSyntax.repeated(bytes(except: lineEnds), minimum: 0, maximum: nil)
        let tail = ExpressionSyntax.repeated(.sequence([inner, edge]), minimum: 0, maximum: 1)
        return whole(.repeated(.sequence([edge, tail]), minimum: 0, maximum: 1))
    }()

    private static let hostportPattern =
        "([a-z0-9._~%!-]+|\\[[0-9a-f:.]+\\])(:[0-9]*)?"
    private static let telephoneSubscriberPattern =
        "[+0-9a-f*#().%-]+(;[a-z0-9.%!~*'-]+(=[^;@<>\"{}|^` ]+)?)*"
    private static let servicePattern = "service:[a-z0-9.-]+"

    /// Of SIP and SIPS URIs, of tel URIs, and of emergency numbers (RFC 5031); other schemes are not what an S-CSCF
    /// routes.
    private static let requestURIs = pattern(
        "^(\(hostportPattern)|\(telephoneSubscriberPattern)|\(servicePattern))$")
    static let likelyHostport = pattern(
        "^([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])*[a-z]([a-z0-9-]*[a-z0-9])?(:[1-9][0-9]*)?$")
    static let likelyNumber = pattern("^[+][0-9]+(;[a-z]+=[a-z0-9.]+)?$")
    static let hostport = pattern("^\(hostportPattern)$")
    static let telephoneSubscriber = pattern("^\(telephoneSubscriberPattern)$")
}
