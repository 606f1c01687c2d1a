/// The `o=` line of a message's description.
struct SessionOrigin {
    let session: String
    let version: Int

    init?(_ message: String) {
        guard let line = message.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("o=") }) else {
            return nil
        }
        let fields = line.dropFirst(2).split(separator: " ")
        guard fields.count == 6, let version = Int(fields[2]) else { return nil }
        session = "\(fields[0]) \(fields[1]) \(fields[5])"
        self.version = version
    }
}
