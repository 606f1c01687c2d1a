// Arbitrary bytes as a profile document: read, checked, written, read again.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzXML(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let document = ProfileDocument(reading: bytes)
    // Analysis is the slow part and has a target of its own: it sees every document that can be read.
    guard document.isReadable else { return 0 }
    _ = ProfileValidator(document, isPortabilityChecked: count % 4 == 0).diagnostics()
    let written = ProfileDocument(reading: document.subscription.xml())
    let before = document.subscription.serviceProfiles.map(\.initialFilterCriteria.count)
    let after = written.subscription.serviceProfiles.map(\.initialFilterCriteria.count)
    precondition(!written.isReadable || before == after || document.root != .imsSubscription)
    if let data = document.shData {
        let text = data.xml()
        precondition(ProfileDocument(reading: text).shData.map { $0.xml() } ?? text == text)
    }
    return 0
}
