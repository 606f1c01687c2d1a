/// The field that a value is read from, for errors: what a scanner carries, since unlike a ``HeaderName`` it is copied
/// without counting references.
///
/// A name that is not registered is lost; ``SIPParseError/named(_:)`` puts it back.
struct FieldNumber: Sendable {
    private let index: UInt8

    @inline(__always)
    init(_ name: HeaderName?) {
        index = name?.index ?? HeaderName.unregistered
    }

    var name: HeaderName? { index == HeaderName.unregistered ? nil : HeaderName(registered: index) }
}

extension SIPParseError {
    init(_ fault: Fault, field: FieldNumber, offset: Int, in bytes: Span<UInt8>) {
        self.init(fault, field: field.name, offset: offset, in: bytes)
    }

    /// The same fault in the field of that name, which the one who read the value did not know.
    func named(_ name: HeaderName?) -> SIPParseError {
        guard field == nil, let name, name.index == HeaderName.unregistered else { return self }
        return SIPParseError(fault, field: name, offset: offset, excerpt: excerpt)
    }
}
