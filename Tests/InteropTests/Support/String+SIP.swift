import Foundation

/// A message as text with LF.
extension String {
    /// The values of a header field of a message, in order.
    func fields(_ name: String) -> [String] {
        let head = components(separatedBy: "\n\n").first ?? ""
        return head.split(separator: "\n")
            .filter { $0.lowercased().hasPrefix(name.lowercased() + ":") }
            .map { $0.dropFirst(name.count + 1).drop { $0 == " " }.description }
    }

    /// The `tag` of a field's value.
    var tag: String? {
        range(of: ";tag=").map { String(self[$0.upperBound...].prefix { $0 != ";" }) }
    }

    /// The Replaces value that names the dialog of a message at the sender of its request, or at the other side.
    func replaces(ofAnswerer: Bool = false) -> String? {
        guard let callID = fields("Call-ID").first, let from = fields("From").first?.tag,
            let to = fields("To").first?.tag
        else { return nil }
        return ofAnswerer ? "\(callID);to-tag=\(to);from-tag=\(from)" : "\(callID);to-tag=\(from);from-tag=\(to)"
    }

    /// Of a response.
    var statusCode: String { String(dropFirst("SIP/2.0 ".count).prefix(3)) }

    /// What follows the header section.
    var body: String {
        guard let end = range(of: "\n\n") else { return "" }
        return String(self[end.upperBound...]).trimmingNewlines
    }

    private var trimmingNewlines: String {
        var text = self[...]
        while text.last == "\n" { text.removeLast() }
        return String(text)
    }
}
