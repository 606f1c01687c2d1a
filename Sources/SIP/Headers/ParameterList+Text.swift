extension ParameterList: Hashable {
    /// Equal when they hold the same parameters in the same order; white space between them does not count.
    public static func == (left: ParameterList, right: ParameterList) -> Bool {
        if case .octets(let leftOctets, let leftPart, let leftGrammar) = left.storage,
            case .octets(let rightOctets, let rightPart, let rightGrammar) = right.storage,
            leftGrammar == rightGrammar, leftOctets[leftPart.range] == rightOctets[rightPart.range]
        {
            return true
        }
        return left.parameters == right.parameters
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(parameters) }
}

extension ParameterList: CustomStringConvertible {
    /// As it is written, each with its semicolon.
    public var description: String {
        var text = ""
        write(into: &text)
        return text
    }

    func write(into text: inout String) {
        for parameter in parameters {
            text += ";" + parameter.name
            if let value = parameter.value { text += "=" + value }
        }
    }
}
