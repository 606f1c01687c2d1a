/// Writes indented XML.
struct XMLWriter {
    private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    private var depth = 0

    mutating func element(_ name: String, _ value: String) {
        text += indentation + "<\(name)>\(Self.escaped(value))</\(name)>\n"
    }

    mutating func element(_ name: String, _ value: Int) { element(name, String(value)) }

    mutating func element(_ name: String, _ value: Bool) { element(name, value ? "1" : "0") }

    /// An element around markup that is written as it is.
    mutating func element(_ name: String, markup: String) { text += indentation + "<\(name)>\(markup)</\(name)>\n" }

    mutating func emptyElement(_ name: String) { text += indentation + "<\(name)/>\n" }

    mutating func element(_ name: String, _ content: (inout XMLWriter) -> Void) {
        text += indentation + "<\(name)>\n"
        depth += 1
        content(&self)
        depth -= 1
        text += indentation + "</\(name)>\n"
    }

    private var indentation: String { String(repeating: "  ", count: depth) }

    /// Characters that XML 1.0 cannot hold at all are left out (§2.2).
    static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\r": result += "&#13;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: break
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
