// Arbitrary text as a URI: what is written reads as an equivalent URI.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzURI(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    guard let uri = try? SIPURI(parsing: text) else { return 0 }
    guard let again = try? SIPURI(parsing: uri.description) else { fatalError("what was written is not read") }
    precondition(again.isEquivalent(to: uri) || uri.scheme == .tel)
    _ = (uri.unescapedUser, uri.telephoneNumber?.uri, uri.headerFields)
    let address = NameAddress(displayName: text, uri: uri)
    guard let read = try? NameAddress(parsing: address.description, field: .from) else { return 0 }
    precondition(read.uri.host == uri.host)
    return 0
}
