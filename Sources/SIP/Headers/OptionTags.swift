extension SIPHeaders {
    /// Takes an option tag out of a list such as Supported or Require; a field that is left without any goes.
    public mutating func removeOption(_ option: String, from name: HeaderName) {
        let options = splitValues(name)
        let kept = options.filter { !$0.equalsIgnoringCase(option) }
        guard kept.count < options.count else { return }
        if kept.isEmpty { removeAll(name) } else { set(name, kept.joined(separator: ", ")) }
    }
}
