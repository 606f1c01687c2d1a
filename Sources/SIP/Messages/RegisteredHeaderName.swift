/// Names of header fields of RFC 3261 and the IANA registry of SIP parameters.
///
/// Their numbers are what the table of a message and ``HeaderName`` know them by: constants of the compiler, so that nobody
/// who reads a field looks its name up. The 32 that messages hold most often come first: no two of them share a place in
/// ``SIPHeaders/NameIndex``.
enum RegisteredHeaderName: UInt8, CaseIterable {
    case via, from, to, callID, cSeq, contact, maxForwards, route, recordRoute, contentType, contentLength, allow,
        supported, require, sessionExpires, minSE, userAgent, server, pAssertedIdentity, pServedUser,
        pChargingVector, pAccessNetworkInfo, pAssertedService, pEarlyMedia, accept, acceptContact, historyInfo,
        privacy, rSeq, rAck, sessionID, contentDisposition, contentEncoding, contentLanguage, mimeVersion,
        allowEvents, unsupported, proxyRequire, acceptEncoding, acceptLanguage, expires, minExpires, event, subject,
        retryAfter, reason, warning, referTo, referredBy, referSub, replaces, subscriptionState, userToUser,
        pPreferredIdentity, pPreferredService, pChargingFunctionAddresses, pVisitedNetworkID, pAssociatedURI,
        pCalledPartyID, resourcePriority, rejectContact, requestDisposition, serviceRoute, path, identity,
        geolocation, infoPackage, recvInfo, authorization, proxyAuthorization, wwwAuthenticate, proxyAuthenticate,
        authenticationInfo, alertInfo, callInfo, errorInfo, date, inReplyTo, organization, priority, replyTo,
        timestamp

    var spelling: StaticString {
        switch self {
        case .via: "Via"
        case .from: "From"
        case .to: "To"
        case .callID: "Call-ID"
        case .cSeq: "CSeq"
        case .contact: "Contact"
        case .maxForwards: "Max-Forwards"
        case .route: "Route"
        case .recordRoute: "Record-Route"
        case .contentType: "Content-Type"
        case .contentLength: "Content-Length"
        case .contentDisposition: "Content-Disposition"
        case .contentEncoding: "Content-Encoding"
        case .contentLanguage: "Content-Language"
        case .mimeVersion: "MIME-Version"
        case .allow: "Allow"
        case .allowEvents: "Allow-Events"
        case .supported: "Supported"
        case .unsupported: "Unsupported"
        case .require: "Require"
        case .proxyRequire: "Proxy-Require"
        case .accept: "Accept"
        case .acceptEncoding: "Accept-Encoding"
        case .acceptLanguage: "Accept-Language"
        case .expires: "Expires"
        case .minExpires: "Min-Expires"
        case .event: "Event"
        case .subject: "Subject"
        case .server: "Server"
        case .userAgent: "User-Agent"
        case .retryAfter: "Retry-After"
        case .reason: "Reason"
        case .warning: "Warning"
        case .privacy: "Privacy"
        case .referTo: "Refer-To"
        case .referredBy: "Referred-By"
        case .referSub: "Refer-Sub"
        case .replaces: "Replaces"
        case .sessionExpires: "Session-Expires"
        case .minSE: "Min-SE"
        case .rSeq: "RSeq"
        case .rAck: "RAck"
        case .subscriptionState: "Subscription-State"
        case .historyInfo: "History-Info"
        case .userToUser: "User-to-User"
        case .pAssertedIdentity: "P-Asserted-Identity"
        case .pPreferredIdentity: "P-Preferred-Identity"
        case .pServedUser: "P-Served-User"
        case .pAssertedService: "P-Asserted-Service"
        case .pPreferredService: "P-Preferred-Service"
        case .pChargingVector: "P-Charging-Vector"
        case .pChargingFunctionAddresses: "P-Charging-Function-Addresses"
        case .pAccessNetworkInfo: "P-Access-Network-Info"
        case .pVisitedNetworkID: "P-Visited-Network-ID"
        case .pAssociatedURI: "P-Associated-URI"
        case .pCalledPartyID: "P-Called-Party-ID"
        case .pEarlyMedia: "P-Early-Media"
        case .resourcePriority: "Resource-Priority"
        case .acceptContact: "Accept-Contact"
        case .rejectContact: "Reject-Contact"
        case .requestDisposition: "Request-Disposition"
        case .serviceRoute: "Service-Route"
        case .path: "Path"
        case .sessionID: "Session-ID"
        case .identity: "Identity"
        case .geolocation: "Geolocation"
        case .infoPackage: "Info-Package"
        case .recvInfo: "Recv-Info"
        case .authorization: "Authorization"
        case .proxyAuthorization: "Proxy-Authorization"
        case .wwwAuthenticate: "WWW-Authenticate"
        case .proxyAuthenticate: "Proxy-Authenticate"
        case .authenticationInfo: "Authentication-Info"
        case .alertInfo: "Alert-Info"
        case .callInfo: "Call-Info"
        case .errorInfo: "Error-Info"
        case .date: "Date"
        case .inReplyTo: "In-Reply-To"
        case .organization: "Organization"
        case .priority: "Priority"
        case .replyTo: "Reply-To"
        case .timestamp: "Timestamp"
        }
    }

    /// The compact form (RFC 3261 §7.3.3 and the RFCs that added some).
    var compactForm: Character? {
        switch self {
        case .via: "v"
        case .from: "f"
        case .to: "t"
        case .callID: "i"
        case .contact: "m"
        case .contentType: "c"
        case .contentLength: "l"
        case .contentEncoding: "e"
        case .allowEvents: "u"
        case .supported: "k"
        case .event: "o"
        case .subject: "s"
        case .referTo: "r"
        case .referredBy: "b"
        case .sessionExpires: "x"
        case .acceptContact: "a"
        case .rejectContact: "j"
        case .requestDisposition: "d"
        case .identity: "y"
        default: nil
        }
    }
}
