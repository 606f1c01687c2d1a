/// A response status, 100...699 (RFC 3261 §21).
public struct StatusCode: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    public let rawValue: Int

    /// `nil` outside 100...699.
    public init?(rawValue: Int) {
        guard (100...699).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    private init(_ value: Int) {
        rawValue = value
    }

    public enum Category: Sendable, Hashable {
        case provisional, success, redirection, clientError, serverError, globalFailure
    }

    public var category: Category {
        switch rawValue {
        case ..<200: .provisional
        case ..<300: .success
        case ..<400: .redirection
        case ..<500: .clientError
        case ..<600: .serverError
        default: .globalFailure
        }
    }

    public var isFinal: Bool { rawValue >= 200 }
    public var isSuccess: Bool { category == .success }
    public var description: String { String(rawValue) }

    public static func < (left: StatusCode, right: StatusCode) -> Bool { left.rawValue < right.rawValue }

    public static let trying = StatusCode(100)
    public static let ringing = StatusCode(180)
    public static let callIsBeingForwarded = StatusCode(181)
    public static let queued = StatusCode(182)
    public static let sessionProgress = StatusCode(183)
    public static let ok = StatusCode(200)
    public static let accepted = StatusCode(202)
    public static let movedTemporarily = StatusCode(302)
    public static let badRequest = StatusCode(400)
    public static let unauthorized = StatusCode(401)
    public static let forbidden = StatusCode(403)
    public static let notFound = StatusCode(404)
    public static let methodNotAllowed = StatusCode(405)
    public static let notAcceptable = StatusCode(406)
    public static let requestTimeout = StatusCode(408)
    public static let unsupportedMediaType = StatusCode(415)
    public static let unsupportedURIScheme = StatusCode(416)
    public static let badExtension = StatusCode(420)
    public static let sessionIntervalTooSmall = StatusCode(422)
    public static let intervalTooBrief = StatusCode(423)
    public static let badInfoPackage = StatusCode(469)
    public static let temporarilyUnavailable = StatusCode(480)
    public static let callDoesNotExist = StatusCode(481)
    public static let loopDetected = StatusCode(482)
    public static let tooManyHops = StatusCode(483)
    public static let busyHere = StatusCode(486)
    public static let requestTerminated = StatusCode(487)
    public static let notAcceptableHere = StatusCode(488)
    public static let badEvent = StatusCode(489)
    public static let requestPending = StatusCode(491)
    public static let serverInternalError = StatusCode(500)
    public static let notImplemented = StatusCode(501)
    public static let badGateway = StatusCode(502)
    public static let serviceUnavailable = StatusCode(503)
    public static let serverTimeout = StatusCode(504)
    public static let versionNotSupported = StatusCode(505)
    public static let messageTooLarge = StatusCode(513)
    public static let preconditionFailure = StatusCode(580)
    public static let busyEverywhere = StatusCode(600)
    public static let decline = StatusCode(603)

    /// The phrase RFC 3261 §21 (and the RFC that added the code) gives it.
    public var reasonPhrase: String {
        switch rawValue {
        case 100: "Trying"
        case 180: "Ringing"
        case 181: "Call Is Being Forwarded"
        case 182: "Queued"
        case 183: "Session Progress"
        case 200: "OK"
        case 202: "Accepted"
        case 300: "Multiple Choices"
        case 301: "Moved Permanently"
        case 302: "Moved Temporarily"
        case 305: "Use Proxy"
        case 380: "Alternative Service"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 407: "Proxy Authentication Required"
        case 408: "Request Timeout"
        case 410: "Gone"
        case 413: "Request Entity Too Large"
        case 415: "Unsupported Media Type"
        case 416: "Unsupported URI Scheme"
        case 420: "Bad Extension"
        case 421: "Extension Required"
        case 422: "Session Interval Too Small"
        case 423: "Interval Too Brief"
        case 469: "Bad Info Package"
        case 480: "Temporarily Unavailable"
        case 481: "Call/Transaction Does Not Exist"
        case 482: "Loop Detected"
        case 483: "Too Many Hops"
        case 484: "Address Incomplete"
        case 486: "Busy Here"
        case 487: "Request Terminated"
        case 488: "Not Acceptable Here"
        case 489: "Bad Event"
        case 491: "Request Pending"
        case 500: "Server Internal Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Server Time-out"
        case 505: "Version Not Supported"
        case 513: "Message Too Large"
        case 580: "Precondition Failure"
        case 600: "Busy Everywhere"
        case 603: "Decline"
        case 604: "Does Not Exist Anywhere"
        case 606: "Not Acceptable"
        default:
            switch category {
            case .provisional: "Progress"
            case .success: "OK"
            case .redirection: "Redirected"
            case .clientError: "Request Failure"
            case .serverError: "Server Failure"
            case .globalFailure: "Global Failure"
            }
        }
    }
}
