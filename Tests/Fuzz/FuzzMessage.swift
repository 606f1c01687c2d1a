// Arbitrary bytes as a datagram: framed, every header read, written, framed again.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMessage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let message: SIPMessage
    do throws(SIPParseError) {
        message = try SIPMessage(parsing: bytes)
    } catch {
        _ = SIPResponse.refusing(malformed: bytes, because: error)?.serialized()
        return 0
    }
    readAll(message.headers)
    _ = try? message.multipart()
    // Content-Length is added when it is missing; nothing else changes. A message at a limit passes it by that field.
    var limits = SIPLimits()
    limits.headerFields += 1
    limits.headerSection += 32
    guard let again = try? SIPMessage(parsing: message.serialized(), limits: limits) else {
        fatalError("what was written is not read")
    }
    let added = message.headers.contains(.contentLength) ? 0 : 1
    precondition(again.headers.count == message.headers.count + added)
    precondition(again.body == message.body)
    return 0
}

/// The typed access to every header; a fault in one is not a fault of the reader.
private func readAll(_ headers: SIPHeaders) {
    _ = try? (headers.topVia(), headers.vias(), headers.cSeq(), headers.callID(), headers.maxForwards())
    for name in [HeaderName.from, .to, .contact, .route, .recordRoute] { _ = try? headers.addresses(name) }
    _ = try? headers.rAck()
    _ = try? headers.rSeq()
    _ = try? headers.sessionExpires()
    _ = try? headers.minSE()
    _ = try? headers.retryAfter()
    _ = try? headers.reasons()
    _ = try? headers.replaces()
    _ = try? headers.referTo()?.replaces()
    _ = try? headers.event()
    _ = try? headers.subscriptionState()
    _ = try? headers.privacy()
    _ = try? headers.authenticateChallenges()
    _ = try? headers.authorizations().map(\.nonceCount)
    _ = try? headers.acceptContacts().map { $0.feature("methods") }
    _ = try? headers.resourcePriorities()
    _ = try? headers.historyInfo().map(\.index)
    _ = try? headers.pServedUser()
    _ = try? headers.pChargingVector()
    _ = try? headers.pChargingFunctionAddresses()?.collectionFunctions
    _ = try? headers.pAccessNetworkInfo()
    _ = try? headers.pVisitedNetworkIDs()
    _ = try? headers.userToUser()
    _ = try? headers.sessionID()
    _ = try? headers.identities()
    _ = try? headers.pAssertedIdentities().map { $0.uri.telephoneNumber?.uri }
}
