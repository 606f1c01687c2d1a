import Testing

/// A SIPp scenario of one side of a call, put together from steps. Both sides are as in the files: the caller is an
/// S-CSCF, the target a PBX.
struct Scenario: Sendable {
    enum Side: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case caller, target

        var other: Side { self == .caller ? .target : .caller }
        var testDescription: String { rawValue }
    }

    enum Codec: String, Sendable {
        case pcma = "8 PCMA/8000"
        case pcmu = "0 PCMU/8000"
        /// Which the server does not speak.
        case g729 = "18 G729/8000"

        var payloadType: Substring { rawValue.prefix { $0 != " " } }
    }

    let side: Side
    /// Every description is the second part of a multipart body.
    private let isMultipart: Bool
    private var steps = ""
    private var sequence: Int
    private var version = 1
    private var variables: [String] = []

    /// A call that is set up: the caller's to the server, the server's to the target, which answers after `-d`
    /// milliseconds.
    ///
    /// - Parameters:
    ///   - headers: Of the INVITE, or of the target's 200.
    ///   - name: The caller's, as P-Asserted-Identity has it between quotes.
    ///   - takesUpdate: Whether Allow names UPDATE.
    ///   - expecting: What has to be in the 200, or in the INVITE.
    ///   - delay: Milliseconds from the 200 to the caller's ACK.
    init(
        _ side: Side, headers: [String] = [], name: String = "Alice", takesUpdate: Bool = true,
        isMultipart: Bool = false, expecting: Expectation? = nil, acknowledgingAfter delay: Int = 0
    ) {
        self.side = side
        self.isMultipart = isMultipart
        let allow = "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, REFER, NOTIFY" + (takesUpdate ? ", UPDATE" : "")
        sequence = side == .caller ? 1 : 100
        switch side {
        case .caller:
            send(
                """
                INVITE sip:[service]@ims.example SIP/2.0
                Record-Route: <sip:mt@[local_ip]:[local_port];lr;transport=[transport]>
                Route: <sip:[remote_ip]:[remote_port];lr>, <sip:iscmark@[local_ip]:[local_port];lr;s=1;h=0;d=1>
                P-Served-User: <sip:[service]@ims.example>;sescase=term;regstate=reg
                Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
                Max-Forwards: 67
                From: "Alice" <sip:alice@ims.example>;tag=[pid]u[call_number]
                To: <sip:[service]@ims.example>
                Call-ID: [call_id]
                CSeq: 1 INVITE
                Contact: <sip:alice@[local_ip]:[local_port];transport=[transport]>
                P-Asserted-Identity: "\(name)" <sip:alice@ims.example>
                Supported: timer
                \(allow)
                """, headers, description: description(.sendReceive, .pcma), repeats: true)
            receive("response=\"200\" rrs=\"true\"", expecting)
            if delay > 0 { pause(milliseconds: delay) }
            send(request("ACK", 1))
        case .target:
            receive("request=\"INVITE\" rrs=\"true\"", expecting)
            send(response("180 Ringing", tag: ";tag=[pid]p[call_number]"))
            pause()
            send(
                response("200 OK", tag: ";tag=[pid]p[call_number]"), [allow] + headers,
                description: description(.sendReceive, .pcma), repeats: true)
            steps += """
                  <recv request="ACK">
                    <action>
                      <ereg regexp="&lt;.*" search_in="hdr" header="To:" check_it="true" assign_to="us"/>
                      <ereg regexp="[&quot;&lt;].*" search_in="hdr" header="From:" check_it="true" assign_to="them"/>
                    </action>
                  </recv>

                """
            variables += ["us", "them"]
        }
    }

    /// What has to be in a message.
    enum Expectation {
        case body(String)
        case header(String, String)
    }

    enum Direction: String, Sendable {
        case sendReceive = "sendrecv"
        case sendOnly = "sendonly"
        case receiveOnly = "recvonly"
        case inactive
    }

    // MARK: Steps

    func adding(_ change: (inout Scenario) -> Void) -> Scenario {
        var copy = self
        change(&copy)
        return copy
    }

    mutating func pause() { steps += "  <pause/>\n" }
    mutating func pause(milliseconds: Int) { steps += "  <pause milliseconds=\"\(milliseconds)\"/>\n" }

    /// Asks something, which has to be answered with 200.
    mutating func ask(
        _ method: String,
        _ direction: Direction? = nil,
        _ codec: Codec = .pcma,
        headers: [String] = [],
        body: String? = nil,
        status: Int = 200,
        expecting: Expectation? = nil
    ) {
        sequence += 1
        let number = sequence
        send(
            request(method, number) + contact, headers,
            description: direction.map { description($0, codec) } ?? body, repeats: true)
        receive("response=\"\(status)\"", expecting)
        guard method == "INVITE" else { return }
        // The answer to a late offer.
        let isLate = direction == nil && body == nil && status == 200
        send(request("ACK", number), description: isLate ? description(.sendReceive, codec) : nil)
    }

    /// Answers what the server asks.
    mutating func answer(
        _ method: String,
        _ direction: Direction? = nil,
        _ codec: Codec = .pcma,
        headers: [String] = [],
        status: String = "200 OK",
        expecting: Expectation? = nil,
        acknowledgement: Expectation? = nil
    ) {
        receive("request=\"\(method)\"", expecting)
        send(
            response(status), headers, description: direction.map { description($0, codec) },
            repeats: method == "INVITE")
        if method == "INVITE" { receive("request=\"ACK\"", acknowledgement) }
    }

    /// Leaves what the server asks without an answer.
    mutating func ignore(_ method: String) { receive("request=\"\(method)\"", nil) }

    mutating func hangUp() {
        sequence += 1
        send(request("BYE", sequence), repeats: true)
        receive("response=\"200\"", nil)
    }

    mutating func expectBye(_ expectation: Expectation? = nil) { answer("BYE", expecting: expectation) }

    // MARK: Text

    var xml: String {
        let references = variables.isEmpty ? "" : "  <Reference variables=\"\(variables.joined(separator: ","))\"/>\n"
        return
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scenario name=\"\(side)\">\n\(steps)\(references)</scenario>\n"
    }

    private mutating func send(
        _ head: String,
        _ headers: [String] = [],
        description: String? = nil,
        repeats: Bool = false
    ) {
        let isSession = description?.hasPrefix("v=0") == true
        let type = isMultipart ? "multipart/mixed;boundary=part" : "application/sdp"
        let lines =
            [head] + headers + (isSession ? ["Content-Type: \(type)"] : [])
            + ["Content-Length: \(description == nil ? "0" : "[len]")"]
        let body = isSession && isMultipart ? Self.multipart(description ?? "") : description ?? ""
        let message = lines.joined(separator: "\n") + "\n\n" + body
        steps += "  <send\(repeats ? " retrans=\"500\"" : "")><![CDATA[\n\n\(message)\n]]></send>\n"
    }

    private static func multipart(_ description: String) -> String {
        """
        --part
        Content-Type: text/plain

        hello
        --part
        Content-Type: application/sdp

        \(description)
        --part--

        """
    }

    private mutating func receive(_ what: String, _ expectation: Expectation?) {
        if what.hasPrefix("response") {
            for status in ["100", "180", "183"] { steps += "  <recv response=\"\(status)\" optional=\"true\"/>\n" }
        }
        guard let expectation else {
            steps += "  <recv \(what)/>\n"
            return
        }
        let name = "v\(variables.count)"
        variables.append(name)
        let search =
            switch expectation {
            case .body(let text): "regexp=\"\(text)\" search_in=\"body\""
            // A field that is not there at all would match: SIPp.
            case .header(let header, let text): "regexp=\"\(header): [^[:cntrl:]]*\(text)\" search_in=\"msg\""
            }
        steps += """
              <recv \(what)>
                <action><ereg \(search) check_it="true" assign_to="\(name)"/></action>
              </recv>

            """
    }

    private func request(_ method: String, _ number: Int) -> String {
        let ends =
            side == .caller
            ? """
            From: "Alice" <sip:alice@ims.example>;tag=[pid]u[call_number]
            To: <sip:[service]@ims.example>[peer_tag_param]
            Call-ID: [call_id]
            """
            : """
            From: [$us]
            To: [$them]
            [last_Call-ID:]
            """
        return """
            \(method) [next_url] SIP/2.0
            Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
            Max-Forwards: 67
            \(ends)
            CSeq: \(number) \(method)
            """
    }

    private func response(_ status: String, tag: String = "") -> String {
        """
        SIP/2.0 \(status)
        [last_Via:]
        [last_Record-Route:]
        [last_From:]
        [last_To:]\(tag)
        [last_Call-ID:]
        [last_CSeq:]
        """ + contact
    }

    private var contact: String {
        "\nContact: <sip:\(side == .caller ? "alice" : "pbx")@[local_ip]:[local_port];transport=[transport]>"
    }

    private mutating func description(_ direction: Direction, _ codec: Codec) -> String {
        defer { version += 1 }
        return """
            v=0
            o=\(side) 3927514021 \(version) IN IP4 [local_ip]
            s=-
            c=IN IP4 [media_ip]
            t=0 0
            m=audio [media_port] RTP/AVP \(codec.payloadType) 101
            a=rtpmap:\(codec.rawValue)
            a=rtpmap:101 telephone-event/8000
            a=fmtp:101 0-15
            a=ptime:20
            a=\(direction.rawValue)

            """
    }
}
