import SIP

/// One reading of a header section through its typed access.
struct HeaderCheck: Sendable {
    /// A UAS answers 400 when it fails. What fails otherwise is read only by those who act on the field.
    var isEssential: Bool
    var read: @Sendable (SIPHeaders) throws(SIPParseError) -> Void

    /// Fields that stand once.
    static let once: [HeaderName] = [
        .from, .to, .callID, .cSeq, .maxForwards, .contentType, .contentDisposition, .event, .rSeq, .rAck, .replaces,
        .referTo, .referredBy, .subscriptionState, .sessionExpires, .minSE, .retryAfter, .expires, .minExpires,
        .pServedUser, .pChargingVector, .date, .timestamp, .priority, .replyTo, .authenticationInfo, .infoPackage,
    ]

    static var all: [HeaderCheck] { essential + general + extensions + thirdGeneration }

    private static func essential(_ read: @escaping @Sendable (SIPHeaders) throws(SIPParseError) -> Void) -> HeaderCheck
    {
        HeaderCheck(isEssential: true, read: read)
    }

    private static func other(_ read: @escaping @Sendable (SIPHeaders) throws(SIPParseError) -> Void) -> HeaderCheck {
        HeaderCheck(isEssential: false, read: read)
    }

    private static func addresses(_ name: HeaderName, isEssential: Bool = true) -> HeaderCheck {
        HeaderCheck(isEssential: isEssential) { headers throws(SIPParseError) in _ = try headers.addresses(name) }
    }

    private static func tokens(_ name: HeaderName) -> HeaderCheck {
        HeaderCheck(isEssential: false) { headers throws(SIPParseError) in
            _ = try headers.values(of: name, as: ParameterizedToken.self)
        }
    }

    private static let essential: [HeaderCheck] = [
        essential { headers throws(SIPParseError) in _ = try headers.vias() },
        essential { headers throws(SIPParseError) in _ = try headers.cSeq() },
        essential { headers throws(SIPParseError) in _ = try headers.callID() },
        essential { headers throws(SIPParseError) in _ = try headers.maxForwards() },
        essential { headers throws(SIPParseError) in
            // "*" stands alone in the Contact of a REGISTER.
            if headers.first(.contact) != "*" { _ = try headers.addresses(.contact) }
        },
        addresses(.from), addresses(.to), addresses(.route), addresses(.recordRoute), addresses(.referTo),
        addresses(.referredBy), addresses(.pAssertedIdentity),
        essential { headers throws(SIPParseError) in _ = try headers.pServedUser() },
    ]

    private static let general: [HeaderCheck] = [
        other { headers throws(SIPParseError) in _ = try headers.expires() },
        other { headers throws(SIPParseError) in _ = try headers.minExpires() },
        other { headers throws(SIPParseError) in _ = try headers.date() },
        other { headers throws(SIPParseError) in _ = try headers.timestamp() },
        other { headers throws(SIPParseError) in _ = try headers.warnings() },
        other { headers throws(SIPParseError) in _ = try headers.alertInfos() },
        other { headers throws(SIPParseError) in _ = try headers.callInfos() },
        other { headers throws(SIPParseError) in _ = try headers.errorInfos() },
        other { headers throws(SIPParseError) in _ = try headers.authenticationInfo() },
        addresses(.replyTo, isEssential: false), tokens(.priority), tokens(.contentLanguage),
        tokens(.acceptEncoding), tokens(.acceptLanguage),
    ]

    private static let extensions: [HeaderCheck] = [
        other { headers throws(SIPParseError) in _ = try headers.rSeq() },
        other { headers throws(SIPParseError) in _ = try headers.rAck() },
        other { headers throws(SIPParseError) in _ = try headers.sessionExpires() },
        other { headers throws(SIPParseError) in _ = try headers.minSE() },
        other { headers throws(SIPParseError) in _ = try headers.retryAfter() },
        other { headers throws(SIPParseError) in _ = try headers.reasons() },
        other { headers throws(SIPParseError) in _ = try headers.replaces() },
        other { headers throws(SIPParseError) in _ = try headers.referTo()?.replaces() },
        other { headers throws(SIPParseError) in _ = try headers.referSubscribes() },
        other { headers throws(SIPParseError) in _ = try headers.event() },
        other { headers throws(SIPParseError) in _ = try headers.subscriptionState() },
        other { headers throws(SIPParseError) in _ = try headers.privacy() },
        other { headers throws(SIPParseError) in _ = try headers.contentType() },
        other { headers throws(SIPParseError) in _ = try headers.acceptedTypes() },
        other { headers throws(SIPParseError) in _ = try headers.authenticateChallenges() },
        other { headers throws(SIPParseError) in _ = try headers.proxyAuthenticateChallenges() },
        other { headers throws(SIPParseError) in _ = try headers.authorizations() },
        other { headers throws(SIPParseError) in _ = try headers.proxyAuthorizations() },
        other { headers throws(SIPParseError) in _ = try headers.acceptContacts() },
        other { headers throws(SIPParseError) in _ = try headers.rejectContacts() },
        other { headers throws(SIPParseError) in _ = try headers.resourcePriorities() },
        other { headers throws(SIPParseError) in _ = try headers.identities() },
        other { headers throws(SIPParseError) in _ = try headers.geolocation() },
        tokens(.allow), tokens(.supported), tokens(.require), tokens(.proxyRequire), tokens(.unsupported),
        tokens(.contentDisposition), tokens(.contentEncoding), tokens(.infoPackage), tokens(.recvInfo),
        tokens(.requestDisposition),
    ]

    private static let thirdGeneration: [HeaderCheck] = [
        addresses(.pPreferredIdentity, isEssential: false), addresses(.path, isEssential: false),
        addresses(.serviceRoute, isEssential: false), addresses(.pAssociatedURI, isEssential: false),
        addresses(.pCalledPartyID, isEssential: false),
        tokens(.pEarlyMedia),
        other { headers throws(SIPParseError) in _ = try headers.historyInfo() },
        other { headers throws(SIPParseError) in _ = try headers.pAccessNetworkInfo() },
        other { headers throws(SIPParseError) in _ = try headers.pChargingVector() },
        other { headers throws(SIPParseError) in _ = try headers.pChargingFunctionAddresses() },
        other { headers throws(SIPParseError) in _ = try headers.pVisitedNetworkIDs() },
        other { headers throws(SIPParseError) in _ = try headers.pAssertedServices() },
        other { headers throws(SIPParseError) in _ = try headers.pPreferredServices() },
        other { headers throws(SIPParseError) in _ = try headers.userToUser() },
        other { headers throws(SIPParseError) in _ = try headers.sessionID() },
    ]
}
