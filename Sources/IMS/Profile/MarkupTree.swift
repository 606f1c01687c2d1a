import CXML

/// Why a document could not be read as XML at all.
struct MarkupError: Error, Sendable, Hashable {
    enum Fault: Sendable, Hashable {
        case tooLarge
        case tooDeep
        case tooManyAttributes
        case tooManyElements
        case documentType
        case encoding
        case notWellFormed(String)
        case outOfMemory
    }

    let fault: Fault
    let line: Int
    let column: Int
}

/// Something in the document that was read although it is not right.
struct MarkupRepair: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case bareAmpersand
        case lateDeclaration
    }

    let kind: Kind
    let line: Int
    let column: Int
}

/// The elements of a small XML document with their attributes, texts and places. No element of a profile has attributes;
/// those of registration information do.
struct MarkupTree: Sendable {
    struct Node: Sendable {
        let name: String
        /// Empty when the element is in no namespace.
        let namespace: String
        let line: Int
        let column: Int
        let parent: Int
        /// The place among the siblings of that name, from 1.
        let ordinal: Int
        var text = ""
        /// By local name, in the order of the document.
        var attributes: [(name: String, value: String)] = []
        var children: [Int] = []
    }

    private(set) var nodes: [Node] = []
    private(set) var repairs: [MarkupRepair] = []

    /// The root is node 0; a tree always has one.
    init(_ bytes: [UInt8]) throws(MarkupError) {
        let document = bytes.withUnsafeBufferPointer { cxml_read($0.baseAddress, $0.count) }
        guard let document else { throw MarkupError(fault: .outOfMemory, line: 1, column: 1) }
        defer { cxml_free(document) }
        let status = cxml_document_status(document)
        if status != CXML_OK { throw Self.error(status, document) }
        let events = UnsafeBufferPointer(start: cxml_events(document), count: cxml_event_count(document))
        let text = UnsafeBufferPointer(start: cxml_text(document), count: cxml_text_length(document))
        build(events, text)
        guard !nodes.isEmpty else {
            throw MarkupError(fault: .notWellFormed("there is no element"), line: 1, column: 1)
        }
    }

    private mutating func build(_ events: UnsafeBufferPointer<cxml_event>, _ text: UnsafeBufferPointer<UInt8>) {
        func string(_ offset: UInt32, _ length: UInt32) -> String {
            let start = Int(offset)
            let end = start + Int(length)
            guard end <= text.count else { return "" }
            return String(decoding: text[start..<end], as: UTF8.self)
        }
        var open: [Int] = []
        var counts: [[String: Int]] = [[:]]
        for event in events {
            switch event.kind {
            case CXML_START.rawValue:
                let name = string(event.name_offset, event.name_length)
                let ordinal = counts[open.count][name, default: 0] + 1
                counts[open.count][name] = ordinal
                counts.append([:])
                let node = Node(
                    name: name, namespace: string(event.value_offset, event.value_length),
                    line: Int(event.line), column: Int(event.column), parent: open.last ?? -1, ordinal: ordinal)
                if let parent = open.last { nodes[parent].children.append(nodes.count) }
                open.append(nodes.count)
                nodes.append(node)
            case CXML_ATTRIBUTE.rawValue:
                guard let current = open.last else { break }
                nodes[current].attributes.append(
                    (
                        string(event.name_offset, event.name_length),
                        Self.unescaped(string(event.value_offset, event.value_length))
                    ))
            case CXML_END.rawValue:
                if open.popLast() != nil { counts.removeLast() }
            case CXML_TEXT.rawValue:
                if let current = open.last { nodes[current].text += string(event.name_offset, event.name_length) }
            case CXML_REPAIRED_AMPERSAND.rawValue:
                repairs.append(
                    MarkupRepair(kind: .bareAmpersand, line: Int(event.line), column: Int(event.column)))
            case CXML_LATE_DECLARATION.rawValue:
                repairs.append(
                    MarkupRepair(kind: .lateDeclaration, line: Int(event.line), column: Int(event.column)))
            default: break
            }
        }
    }

    /// The parser leaves an ampersand in an attribute as the character reference of one.
    private static func unescaped(_ value: String) -> String {
        guard value.utf8.contains(UInt8(ascii: "&")) else { return value }
        var bytes: [UInt8] = []
        let source = Array(value.utf8)
        var index = 0
        while index < source.count {
            bytes.append(source[index])
            let isReference = source[index] == UInt8(ascii: "&") && source[(index + 1)...].starts(with: "#38;".utf8)
            index += isReference ? 5 : 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func error(_ status: cxml_status, _ document: OpaquePointer) -> MarkupError {
        let fault: MarkupError.Fault =
            switch status {
            case CXML_TOO_LARGE: .tooLarge
            case CXML_TOO_DEEP: .tooDeep
            case CXML_TOO_MANY_ATTRIBUTES: .tooManyAttributes
            case CXML_TOO_MANY_ELEMENTS: .tooManyElements
            case CXML_DOCTYPE: .documentType
            case CXML_ENCODING: .encoding
            case CXML_OUT_OF_MEMORY: .outOfMemory
            default: .notWellFormed(String(cString: cxml_error_message(document)))
            }
        return MarkupError(
            fault: fault, line: max(1, Int(cxml_error_line(document))),
            column: max(1, Int(cxml_error_column(document))))
    }
}
