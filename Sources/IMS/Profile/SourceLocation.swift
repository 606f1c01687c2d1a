/// Where something stands in a profile document.
public struct SourceLocation: Sendable, Hashable {
    /// From 1.
    public var line: Int
    /// From 1, in code points; of an element, the column of its `<`.
    public var column: Int
    /// The path of the element, such as `/IMSSubscription/ServiceProfile[1]/InitialFilterCriteria[2]/Priority`.
    /// Elements that may repeat are always numbered.
    public var xpath: String

    public init(line: Int, column: Int, xpath: String) {
        self.line = line
        self.column = column
        self.xpath = xpath
    }
}
