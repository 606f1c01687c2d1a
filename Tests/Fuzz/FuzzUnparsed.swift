// Arbitrary bytes as a datagram under overload: what is refused without being parsed gets the response that a parsed
// request would get. The first two bytes are the sender's port and whether it is the one that the Via names.

import SIP

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    let bytes = Array(octets)
    guard bytes.count > 2 else { return }
    let port = UInt16(bytes[0]) << 8 | 1
    let address = bytes[1] % 2 == 0 ? "192.0.2.1" : "2001:db8::1"
    let octets = Array(bytes.dropFirst(2))
    octets.withUnsafeBytes { message in
        let arrival = Arrival(message, refusalTag: SIPResponse.statelessTagPrefix)
        guard case .newCall(let invite?) = arrival else { return }
        var refusal: [UInt8] = []
        invite.writeRefusal(retryAfter: 3, of: message, from: address, port, into: &refusal)
        precondition(refusal.count % UnparsedInvite.granularity == 0, "of a length of its own")
        precondition(refusal.count <= message.count + 256, "far longer than what it answers")
        // What the parser refuses, its sender does not understand either. Text that is not UTF-8 is repaired on reading.
        guard case .request(let request)? = try? SIPMessage(parsing: octets),
            String(validating: octets, as: UTF8.self) != nil
        else { return }
        compare(refusal, invite.replyPort(from: port), with: request, from: address, port)
    }
}

private func compare(
    _ refusal: [UInt8],
    _ replyPort: UInt16,
    with request: SIPRequest,
    from address: String,
    _ port: UInt16
) {
    precondition(request.method == .invite)
    // Of a Via or a To that cannot be read nobody knows what the response has to look like.
    guard var via = try? request.headers.topVia(), let to = try? request.headers.address(.to) else { return }
    precondition(to.tag == nil, "a request inside a dialog")
    let wantsPort = via.parameters.contains("rport")
    precondition(replyPort == (wantsPort ? port : via.sentBy.port ?? 5_060), "it goes elsewhere")
    if wantsPort || !via.sentBy.host.equalsIgnoringCase(address) {
        if wantsPort { via.parameters["rport"] = String(port) }
        via.parameters["received"] = address
    }
    var limits = SIPLimits()
    limits.headerSection += 256
    guard case .response(let response)? = try? SIPMessage(parsing: refusal, limits: limits) else {
        fatalError("the refusal does not parse")
    }
    let expected = SIPResponse(overloadedFor: request, retryAfter: 3)
    precondition(response.status == expected.status)
    for name in [HeaderName.from, .to, .callID, .cSeq, .retryAfter] {
        precondition(response.headers.first(name) == expected.headers.first(name), "\(name)")
    }
    precondition(response.body.isEmpty && response.headers.first(.contentLength) == "0")
    guard let top = try? response.headers.topVia() else { fatalError("the Via of the refusal does not parse") }
    precondition(top.branch == via.branch, "of another transaction")
    precondition(top.sentBy == via.sentBy && top.transport == via.transport)
    for name in ["rport", "received"] {
        precondition(top.parameters[name] == via.parameters[name], name)
    }
    let (own, others) = (response.headers.splitValues(.via), request.headers.splitValues(.via))
    precondition(own.dropFirst().elementsEqual(others.dropFirst()), "the way back is another one")
}
