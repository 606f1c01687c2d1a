/// A multipart body that cannot be read.
public enum MultipartError: Error, Sendable, Hashable {
    /// The Content-Type is not multipart, or has no usable `boundary`.
    case missingBoundary
    /// No delimiter begins a part.
    case noParts
    /// The delimiter that ends the body is missing.
    case truncated
    case malformedHeader
    case tooDeep(limit: Int)
    case tooManyParts(limit: Int)

    /// What to answer a request with that carries it.
    public var responseStatus: StatusCode { .badRequest }
}
