// Arbitrary text as a URI: what is written reads as an equivalent URI.

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    let text = String(decoding: octets, as: UTF8.self)
    guard let uri = try? SIPURI(parsing: text) else { return }
    guard let again = try? SIPURI(parsing: uri.description) else { fatalError("what was written is not read") }
    precondition(again.isEquivalent(to: uri) || uri.scheme == .tel)
    _ = (uri.unescapedUser, uri.telephoneNumber?.uri, uri.headerFields)
    let address = NameAddress(displayName: text, uri: uri)
    guard let read = try? NameAddress(parsing: address.description, field: .from) else { return }
    precondition(read.uri.host == uri.host)
}
