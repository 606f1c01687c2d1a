// Arbitrary bytes as a datagram: framed, every header read, written, framed again.

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    let bytes = Array(octets)
    let message: SIPMessage
    do throws(SIPParseError) {
        message = try SIPMessage(parsing: bytes)
    } catch {
        _ = SIPResponse.refusing(malformed: bytes, because: error)?.serialized()
        return
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
    readGeneral(headers)
    readExtensions(headers)
}

/// What RFC 3261 has beside the fields of transactions and dialogs.
private func readGeneral(_ headers: SIPHeaders) {
    _ = try? (headers.contentType(), headers.contentDisposition(), headers.acceptedTypes())
    _ = try? (headers.contentEncodings(), headers.contentLanguages())
    _ = try? (headers.acceptedEncodings(), headers.acceptedLanguages())
    _ = try? headers.proxyAuthenticateChallenges()
    _ = try? headers.proxyAuthorizations()
    _ = try? headers.authenticationInfo()
    _ = try? headers.replyTo()
    _ = try? headers.priority()
    _ = headers.inReplyTo()
    same(try? headers.expires().map(DeltaSeconds.init), .expires)
    same(try? headers.date(), .date)
    same(try? headers.timestamp(), .timestamp)
    same(try? headers.warnings(), .warning)
    same(try? headers.alertInfos(), .alertInfo)
    same(try? headers.callInfos(), .callInfo)
    same(try? headers.errorInfos(), .errorInfo)
    for name in [HeaderName.allow, .supported, .require, .proxyRequire, .unsupported] {
        _ = try? headers.tokens(name)
        checkList(headers, name)
    }
}

/// A list holds its values, and a token only when that is one of them.
private func checkList(_ headers: SIPHeaders, _ name: HeaderName) {
    let values = headers.splitValues(name)
    // Others are unfolded, or are no text.
    for value in values.prefix(16) where value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
        precondition(headers.lists(value, in: name))
    }
    for token in ["", "timer", "100rel", "UPDATE", "a"] {
        let isValue = values.contains { $0.equalsIgnoringCase(token) }
        precondition(headers.lists(token, in: name) == isValue)
    }
}

private func readExtensions(_ headers: SIPHeaders) {
    _ = try? (headers.path(), headers.serviceRoute(), headers.pAssociatedURIs(), headers.pCalledPartyID())
    _ = try? (headers.pPreferredIdentities(), headers.pAssertedServices(), headers.pPreferredServices())
    _ = try? (headers.pEarlyMedia(), headers.requestDispositions(), headers.rejectContacts())
    _ = try? (headers.infoPackage(), headers.receivedInfoPackages())
    _ = try? (headers.referSubscribes(), headers.referredBy())
    _ = try? headers.geolocation()
    _ = try? (headers.callIDText(), headers.tagText(of: .from), headers.uriText(of: .contact))
}

/// What is written of a value reads as an equal one.
private func same<Value: HeaderValue>(_ value: Value??, _ name: HeaderName) {
    guard let value = value ?? nil else { return }
    precondition((try? Value(parsing: value.description, field: name)) == value)
}

private func same<Value: HeaderValue>(_ values: [Value]?, _ name: HeaderName) {
    for value in values ?? [] { same(Value??.some(value), name) }
}
