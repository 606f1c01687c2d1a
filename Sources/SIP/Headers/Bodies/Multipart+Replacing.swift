extension Multipart {
    /// Puts another body into the first part of a media type, at any depth. A part that holds it is written anew.
    ///
    /// - Returns: `false` if there is no such part.
    public mutating func replaceFirst(_ type: String, _ subtype: String, with body: [UInt8]) -> Bool {
        for index in parts.indices {
            if parts[index].contentType?.isType(type, subtype) == true {
                parts[index].body = body
                parts[index].headers.removeAll(.contentLength)
                return true
            }
            guard var nested = parts[index].nested, let nestedType = parts[index].contentType,
                nested.replaceFirst(type, subtype, with: body)
            else { continue }
            let written = nested.serialized(as: nestedType)
            parts[index].headers.set(.contentType, written.type)
            parts[index].headers.removeAll(.contentLength)
            parts[index].body = written.body
            parts[index].nested = nested
            return true
        }
        return false
    }

    /// The body in the place of one of this type: its subtype and parameters stay, and its boundary if no part contains it.
    public func serialized(as original: MediaType) -> (type: MediaType, body: [UInt8]) {
        let written = serialized(original.subtype, boundary: original.boundary ?? "part")
        var type = original
        if let boundary = written.type.boundary { type.parameters.setQuoted("boundary", boundary) }
        return (type, written.body)
    }
}
