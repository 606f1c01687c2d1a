// Arbitrary octets as protected packets of every suite, RTP and RTCP, and as packets to protect: what was protected comes
// out as it was, once, and not at all when a bit of it was changed.

private let masterKeys = SRTPSuite.allCases.compactMap { suite in
    SRTPMasterKey(suite, keyAndSalt: (0..<suite.keyLength + suite.saltLength).map { UInt8($0) })
}

private func opened(_ bytes: [UInt8], isReport: Bool, by receiver: SRTPReceiver) -> [UInt8]? {
    var copy = bytes
    var span = copy.mutableSpan
    guard let count = isReport ? try? receiver.unprotectRTCP(&span) : try? receiver.unprotectRTP(&span) else {
        return nil
    }
    precondition(count >= 8 && count < bytes.count)
    return Array(copy.prefix(count))
}

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    let input = Array(octets)
    guard input.count >= 3 else { return }
    let key = masterKeys[Int(input[0] & 3)]
    let isReport = input[0] & 4 != 0
    guard let receiver = try? SRTPReceiver(key) else { fatalError("no receiver") }
    var rest = input[3...]
    if input[0] & 8 != 0 {
        // Packets as an attacker sends them; the octet before each is its length.
        while let length = rest.popFirst() {
            _ = opened(Array(rest.prefix(Int(length))), isReport: isReport, by: receiver)
            rest = rest.dropFirst(Int(length))
        }
        return
    }
    guard let sender = try? SRTPSender(key) else { fatalError("no sender") }
    let packet = Array(rest)
    var protected = packet
    if isReport {
        guard (try? sender.protectRTCP(&protected)) != nil else { return }
        // The sender protects what it made itself and so does not look at the version.
        guard packet[0] >> 6 == 2 else { return }
    } else {
        guard (try? sender.protectRTP(&protected)) != nil else { return }
    }
    let bit = (Int(input[1]) << 8 | Int(input[2])) % (protected.count * 8)
    var changed = protected
    changed[bit / 8] ^= 1 << (bit % 8)
    precondition(opened(changed, isReport: isReport, by: receiver) == nil)
    precondition(opened(protected, isReport: isReport, by: receiver) == packet)
    precondition(opened(protected, isReport: isReport, by: receiver) == nil)
}
