// Arbitrary bytes as a profile document: read, checked, written, read again.

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    let bytes = Array(octets)
    let document = ProfileDocument(reading: bytes)
    // Analysis is the slow part and has a target of its own: it sees every document that can be read.
    guard document.isReadable else { return }
    _ = ProfileValidator(document, isPortabilityChecked: bytes.count % 4 == 0).diagnostics()
    let written = ProfileDocument(reading: document.subscription.xml())
    let before = document.subscription.serviceProfiles.map(\.initialFilterCriteria.count)
    let after = written.subscription.serviceProfiles.map(\.initialFilterCriteria.count)
    precondition(!written.isReadable || before == after || document.root != .imsSubscription)
    if let data = document.shData {
        let text = data.xml()
        precondition(ProfileDocument(reading: text).shData.map { $0.xml() } ?? text == text)
    }
}
