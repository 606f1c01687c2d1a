/// Names of header fields of RFC 3261 and the IANA registry of SIP parameters.
///
/// Their numbers are what the table of a message and ``HeaderName`` know them by: constants of the compiler, so that nobody
/// who reads a field looks its name up.
enum RegisteredHeaderName: UInt8, CaseIterable {
    case via, from, to, callID, cSeq, contact, maxForwards, route, recordRoute, contentType, contentLength,
        contentDisposition, contentEncoding, contentLanguage, mimeVersion, allow, allowEvents, supported, unsupported,
        require, proxyRequire, accept, acceptEncoding, acceptLanguage, expires, minExpires, event, subject, server,
        userAgent, retryAfter, reason, warning, privacy, referTo, referredBy, referSub, replaces, sessionExpires,
        minSE, rSeq, rAck, subscriptionState, historyInfo, userToUser, pAssertedIdentity, pPreferredIdentity,
        pServedUser, pAssertedService, pPreferredService, pChargingVector, pChargingFunctionAddresses,
        pAccessNetworkInfo, pVisitedNetworkID, pAssociatedURI, pCalledPartyID, pEarlyMedia, resourcePriority,
        acceptContact, rejectContact, requestDisposition, serviceRoute, path, sessionID, identity, geolocation,
        infoPackage, recvInfo, authorization, proxyAuthorization, wwwAuthenticate, proxyAuthenticate,
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
}
