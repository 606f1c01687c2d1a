import SIP

extension SIPHeaders {
    /// Removes the first value of a field that lists values, and leaves the octets of every other line alone.
    public mutating func removeFirstValue(of name: HeaderName) {
        guard let line = first(name) else { return }
        var alone = SIPHeaders()
        alone.append(name, line)
        let rest = alone.splitValues(name).dropFirst()
        replaceFirst(name, with: rest.isEmpty ? nil : rest.joined(separator: ", "))
    }
}
